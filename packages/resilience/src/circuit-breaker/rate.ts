import { duration } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { Fraction } from '../fraction.ts';
import { count, readOptions, invalid } from '../internal/options.ts';
import type { Tracker } from '../internal/outcomes.ts';
import { TimeWindow } from '../internal/time-window.ts';
import type { Time } from '../internal/time-window.ts';
import type { Threshold } from './thresholds.ts';

/** The window that `rate` and `slow` judge. */
export interface RateOptions {
  /** The length of the window. */
  readonly over: Duration;
  /** With fewer calls than these in the window nothing opens. */
  readonly minimumCalls: number;
}

/** What `slow` takes beside the share. */
export interface SlowOptions {
  /** The length of the window. Default: 10 s. */
  readonly over?: Duration | undefined;
  /** With fewer calls than these in the window nothing opens. Default: 10. */
  readonly minimumCalls?: number | undefined;
  /** A call that takes longer is slow. */
  readonly slowerThan: Duration;
}

/**
 * Opens when at least `ratio` of the calls in the last `over` failed, and there were `minimumCalls`.
 * The window forgets by elapsed time, on reading too.
 */
export function rate(ratio: number, options: RateOptions): Threshold {
  return share('rate', ratio, Infinity, readOptions('rate', options, window()));
}

/**
 * Opens when at least `ratio` of the calls in the last `over` (10 s) took longer than `slowerThan`,
 * and there were `minimumCalls` (10). The breaker then reads the clock twice for each call.
 */
export function slow(ratio: number, options: SlowOptions): Threshold {
  const readers = { ...window(10_000, 10), slowerThan: duration() };
  const { slowerThan, ...rest } = readOptions('slow', options, readers);
  return share('slow', ratio, slowerThan, rest);
}

function window(overMs?: number, minimumCalls?: number) {
  return { over: duration(overMs), minimumCalls: count(1, minimumCalls) };
}

function share(
  type: 'rate' | 'slow',
  ratio: number,
  slowerThanMs: number,
  { over, minimumCalls }: { readonly over: number; readonly minimumCalls: number },
): Threshold {
  if (!(ratio > 0 && ratio <= 1)) invalid(type, ratio, 'a share of the calls: above 0, at most 1');
  if (over === 0) invalid('over', over, 'a time above 0');
  return {
    trials: trialsFor(ratio, minimumCalls),
    slowerThanMs,
    failureRate: type === 'rate' ? ratio : undefined,
    timed: true,
    track: (time) => new RateTracker({ ratio, minimumCalls, slowerThanMs }, over, time),
    toJSON: () => ({
      type,
      ratio,
      over,
      minimumCalls,
      ...(slowerThanMs !== Infinity && { slowerThan: slowerThanMs }),
    }),
  };
}

/** The least share of `minimumCalls` that meets the ratio. */
function trialsFor(ratio: number, minimumCalls: number): Fraction {
  // The product may be rounded up past a whole number, as 0.07 · 100 is.
  let least = Math.ceil(ratio * minimumCalls);
  if ((least - 1) / minimumCalls >= ratio) least--;
  return new Fraction(Math.max(1, least), minimumCalls);
}

interface RateRule {
  readonly ratio: number;
  readonly minimumCalls: number;
  readonly slowerThanMs: number;
}

class RateTracker implements Tracker {
  readonly window: TimeWindow;
  readonly #rule: RateRule;

  constructor(rule: RateRule, over: number, time: Time) {
    this.#rule = rule;
    this.window = new TimeWindow(over, time);
  }

  record(failed: boolean, durationMs: number, now: number): boolean {
    const { ratio, minimumCalls, slowerThanMs } = this.#rule;
    // Whether the call would have been slow is not known: it was cut short before.
    if (slowerThanMs !== Infinity && Number.isNaN(durationMs)) return false;
    const counts = slowerThanMs === Infinity ? failed : durationMs > slowerThanMs;
    this.window.record(counts, now);
    if (!counts) return false;
    const length = this.window.lengthAt(now);
    return length >= minimumCalls && this.window.failureCountAt(now) / length >= ratio;
  }
}
