import { duration } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import { Fraction } from '../../values/fraction.ts';
import { count, readOptions, invalid } from '../../support/options.ts';
import type { Tracker } from '../../support/outcomes.ts';
import { TimeWindow } from '../../support/time-window.ts';
import type { Time } from '../../support/time-window.ts';
import type { Threshold } from './thresholds.ts';

/** Options of `rate`. */
export interface RateOptions {
  /** The length of the window. */
  readonly over: Duration;
  /** With fewer calls in the window, the circuit does not open. */
  readonly minimumCalls: number;
}

/** Options of `slow`. */
export interface SlowOptions {
  /** The length of the window. Default: 10 s. */
  readonly over?: Duration | undefined;
  /** With fewer calls in the window, the circuit does not open. Default: 10. */
  readonly minimumCalls?: number | undefined;
  /** A call that takes longer is slow. */
  readonly slowerThan: Duration;
}

/**
 * Opens when at least `ratio` of the calls within the last `over` failed, and there were at least
 * `minimumCalls`. Outcomes expire by elapsed time, even if no further call comes.
 */
export function rate(ratio: number, options: RateOptions): Threshold {
  return share('rate', ratio, Infinity, readOptions('rate', options, window()));
}

/**
 * Opens when at least `ratio` of the calls within the last `over` (default: 10 s) took longer than
 * `slowerThan`, and there were at least `minimumCalls` (default: 10). The breaker then reads the clock
 * twice per call.
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
  if (!(ratio > 0 && ratio <= 1)) invalid(type, ratio, 'a ratio above 0, at most 1');
  if (over === 0) invalid('over', over, 'a duration above 0');
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

/** The smallest share of `minimumCalls` that meets the ratio. */
function trialsFor(ratio: number, minimumCalls: number): Fraction {
  // The product may be rounded up past an integer, as 0.07 · 100 is.
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
    // The call was cut short, so it is unknown whether it would have been slow.
    if (slowerThanMs !== Infinity && Number.isNaN(durationMs)) return false;
    const counts = slowerThanMs === Infinity ? failed : durationMs > slowerThanMs;
    this.window.record(counts, now);
    if (!counts) return false;
    const length = this.window.lengthAt(now);
    return length >= minimumCalls && this.window.failureCountAt(now) / length >= ratio;
  }
}
