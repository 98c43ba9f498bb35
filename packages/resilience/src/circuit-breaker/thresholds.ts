import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { Fraction, toFraction } from '../fraction.ts';
import type { FractionLike } from '../fraction.ts';
import { checkOptions, describe, refuse, toCount, toNumber } from '../internal/options.ts';
import { CountWindow } from '../internal/count-window.ts';
import type { Outcomes } from '../internal/count-window.ts';
import type { Time } from '../internal/time-window.ts';
import { TimeWindow } from '../internal/time-window.ts';

/** When a breaker opens: made by `consecutive`, `rate` or `slow`; plain data, so JSON will do. */
export type Threshold =
  | { readonly type: 'consecutive'; readonly count: number }
  | ({ readonly type: 'rate' } & RateThreshold)
  | ({ readonly type: 'slow'; readonly slowerThan: Duration } & RateThreshold);

/** A share of the calls in a sliding time window. */
export interface RateThreshold {
  /** The share that opens the breaker, in (0, 1]. */
  readonly ratio: number;
  /** The length of the window. */
  readonly over: Duration;
  /** With fewer calls than these in the window nothing opens. */
  readonly minimumCalls: number;
}

/** What `rate` and `slow` take beside the share. */
export interface RateOptions {
  /** The length of the window. Default for `slow`: 10 s. */
  readonly over: Duration;
  /** With fewer calls than these in the window nothing opens. Default for `slow`: 10. */
  readonly minimumCalls: number;
}

/** What an option for a failure threshold accepts. */
export type ThresholdLike = FractionLike | Threshold;

/** Opens after `count` failures in a row. */
export function consecutive(count: number): Threshold {
  return { type: 'consecutive', count: toCount('consecutive', count, 1) };
}

/**
 * Opens when at least `ratio` of the calls in the last `over` failed, and there were `minimumCalls`.
 * The window forgets by elapsed time, on reading too.
 */
export function rate(ratio: number, options: RateOptions): Threshold {
  return readRate('rate', { ...options, type: 'rate', ratio });
}

/**
 * Opens when at least `ratio` of the calls in the last `over` (10 s) took longer than `slowerThan`,
 * and there were `minimumCalls` (10). The breaker then reads the clock for each call.
 */
export function slow(
  ratio: number,
  options: Partial<RateOptions> & { readonly slowerThan: Duration },
): Threshold {
  return readRate('slow', { over: 10_000, minimumCalls: 10, ...options, type: 'slow', ratio });
}

function readRate(option: string, value: object): Threshold {
  checkOptions(option, value, ['type', 'ratio', 'over', 'minimumCalls', 'slowerThan']);
  const given = value as { type: 'rate' | 'slow' } & Record<string, unknown>;
  const ratio = toNumber(`${option}.ratio`, given['ratio'], 0, 1);
  if (ratio === 0) refuse(`${option}.ratio`, ratio, 'a number in (0, 1] is');
  const over = toMs(`${option}.over`, given['over']);
  if (over === 0) refuse(`${option}.over`, over, 'a time above 0 is');
  const minimumCalls = toCount(`${option}.minimumCalls`, given['minimumCalls'], 1);
  if (given.type === 'rate') return { type: 'rate', ratio, over, minimumCalls };
  const slowerThan = toMs(`${option}.slowerThan`, given['slowerThan']);
  return { type: 'slow', ratio, over, minimumCalls, slowerThan };
}

/** Reads the option: one threshold or several, each checked, fractions parsed. */
export function toThresholds(option: string, value: unknown): (Fraction | Threshold)[] {
  if (!Array.isArray(value)) return [toThreshold(option, value)];
  if (value.length === 0) refuse(option, value, 'an array of at least one threshold is');
  return value.map((each: unknown, i) => toThreshold(`${option}[${String(i)}]`, each));
}

function toThreshold(option: string, value: unknown): Fraction | Threshold {
  if (typeof value === 'object' && value !== null && 'type' in value) {
    const { type, count } = value as { type: unknown; count?: unknown };
    if (type === 'consecutive') return { type, count: toCount(`${option}.count`, count, 1) };
    if (type === 'rate' || type === 'slow') return readRate(option, value);
    return refuse(`${option}.type`, type, '"consecutive", "rate" or "slow" is');
  }
  return positive(option, toFraction(option, value));
}

/** Refuses `0/n`, which would be met before anything happened. */
export function positive(option: string, fraction: Fraction): Fraction {
  if (fraction.numerator > 0) return fraction;
  throw new RangeError(
    `${option}: ${describe(fraction)} is met by nothing at all; use 1/n or more`,
  );
}

/** One threshold of a breaker, with the window that it judges. */
export interface Tracker {
  readonly window: Outcomes;
  /** Notes an outcome; true if the threshold is met by it. */
  record(failed: boolean, durationMs: number, now: number): boolean;
}

/** What a call must take longer than to be slow; `undefined` where the threshold is about failures. */
export function slowerThanMs(threshold: Fraction | Threshold): number | undefined {
  return 'slowerThan' in threshold ? (threshold.slowerThan as number) : undefined;
}

/** Makes the window that a threshold judges. */
export function track(threshold: Fraction | Threshold, time: Time): Tracker {
  if (threshold instanceof Fraction) return new CountTracker(threshold);
  if (threshold.type === 'consecutive') {
    return new CountTracker(new Fraction(threshold.count, threshold.count));
  }
  return new RateTracker(threshold, time);
}

/** How many of how many test calls must fail for a threshold to be met when half-open. */
export function trialFraction(threshold: Fraction | Threshold): Fraction {
  if (threshold instanceof Fraction) return threshold;
  if (threshold.type === 'consecutive') return new Fraction(threshold.count, threshold.count);
  const { ratio, minimumCalls } = threshold;
  // The product may be rounded up past a whole number, as 0.07 · 100 is.
  let least = Math.ceil(ratio * minimumCalls);
  if (least > 1 && (least - 1) / minimumCalls >= ratio) least--;
  return new Fraction(least, minimumCalls);
}

// `n` failures in a row are the same as `n` of the last `n`.
class CountTracker implements Tracker {
  readonly window: CountWindow;
  readonly #failures: number;

  constructor(threshold: Fraction) {
    this.window = new CountWindow(threshold.denominator);
    this.#failures = threshold.numerator;
  }

  record(failed: boolean): boolean {
    this.window.record(failed);
    return failed && this.window.failureCount >= this.#failures;
  }
}

class RateTracker implements Tracker {
  readonly window: TimeWindow;
  readonly #threshold: RateThreshold;
  /** What a call must take longer than to count; `undefined` where failures count. */
  readonly #slowerThanMs: number | undefined;

  constructor(threshold: Threshold & RateThreshold, time: Time) {
    this.window = new TimeWindow(threshold.over as number, time);
    this.#threshold = threshold;
    this.#slowerThanMs = slowerThanMs(threshold);
  }

  record(failed: boolean, durationMs: number, now: number): boolean {
    const counts = this.#slowerThanMs === undefined ? failed : durationMs > this.#slowerThanMs;
    this.window.record(counts, now);
    if (!counts) return false;
    const { length } = this.window;
    const { ratio, minimumCalls } = this.#threshold;
    return length >= minimumCalls && this.window.failureCount / length >= ratio;
  }
}
