import { Fraction, toThresholdFraction } from '../../values/fraction.ts';
import type { FractionLike } from '../../values/fraction.ts';
import { CountWindow } from '../../support/count-window.ts';
import { look } from '../../support/foreign.ts';
import { count, hasMethods, invalid } from '../../support/options.ts';
import type { OutcomeWindow, Tracker } from '../../support/outcomes.ts';
import type { Time } from '../../support/time-window.ts';

/** When a breaker opens. Created by `consecutive`, `rate` or `slow`. */
export interface Threshold {
  /** How many of how many trial calls must fail to open a half-open circuit again. */
  readonly trials: Fraction;
  /** A call that takes longer than this many ms counts as a failure; `Infinity` for no limit. */
  readonly slowerThanMs: number;
  /** The failure rate at which it opens; `undefined` if it does not judge a failure rate. */
  readonly failureRate: number | undefined;
  /** Whether it needs the time of outcomes. */
  readonly timed: boolean;
  /** Creates the window of this threshold for one breaker. */
  track(time: Time): Tracker;
  /** The threshold as plain data. */
  toJSON(): unknown;
}

/** The values of the option `failureThreshold`. */
export type ThresholdLike = FractionLike | Threshold;

/** The tracker of several thresholds. */
interface JointTracker extends Tracker {
  readonly windows: readonly OutcomeWindow[];
}

/** Makes the tracker of a breaker, which has one threshold or several. */
export function track(thresholds: readonly Threshold[], time: Time): Tracker {
  return thresholds.map((threshold) => threshold.track(time)).reduce(both);
}

/** Two trackers as one, which is met by an outcome that meets either. The window of the first is the breaker's history. */
function both(first: Tracker, second: Tracker): JointTracker {
  return {
    window: first.window,
    windows: [...windowsOf(first), second.window],
    record(failed, durationMs, now) {
      const met = first.record(failed, durationMs, now);
      return second.record(failed, durationMs, now) || met;
    },
  };
}

/** The window of each threshold. */
export function windowsOf({
  window,
  windows = [window],
}: Tracker & Partial<JointTracker>): readonly OutcomeWindow[] {
  return windows;
}

/** Opens after `failures` failures in a row. */
export function consecutive(failures: number): Threshold {
  return new Consecutive(count(1)('consecutive', failures));
}

/** Opens when a share of the last calls failed. */
export class LastCalls implements Threshold {
  readonly trials: Fraction;

  constructor(fraction: Fraction) {
    this.trials = fraction;
  }

  get slowerThanMs(): number {
    return Infinity;
  }

  get failureRate(): number | undefined {
    return Number(this.trials);
  }

  get timed(): boolean {
    return false;
  }

  track(): Tracker {
    return new CountTracker(this.trials);
  }

  toJSON(): unknown {
    return this.trials.toString();
  }
}

/** `n` failures in a row are `n` failures of the last `n` calls. */
class Consecutive extends LastCalls {
  constructor(failures: number) {
    super(new Fraction(failures, failures));
  }

  override get failureRate(): undefined {
    return undefined;
  }

  override toJSON(): unknown {
    return { type: 'consecutive', failures: this.trials.numerator };
  }
}

/** Reads the option: one threshold or several. */
export function toThresholds(option: string, value: unknown): Threshold[] {
  if (!Array.isArray(value)) return [toThreshold(option, value)];
  if (value.length === 0) invalid(option, value, 'at least one threshold');
  return value.map((each: unknown, i) => toThreshold(`${option}[${String(i)}]`, each));
}

const thresholdForms =
  'a fraction from 1/n to n/n, as a Fraction or a string such as "2/5", or a threshold from ' +
  'consecutive, rate or slow';

function toThreshold(option: string, value: unknown): Threshold {
  if (hasMethods(value, ['track', 'toJSON']) && look(value, 'trials') !== undefined) {
    return value as Threshold;
  }
  return new LastCalls(toThresholdFraction(option, value, thresholdForms));
}

class CountTracker extends CountWindow implements Tracker {
  readonly #failures: number;

  constructor({ numerator, denominator }: Fraction) {
    super(denominator);
    this.#failures = numerator;
  }

  get window(): OutcomeWindow {
    return this;
  }

  override record(failed: boolean): boolean {
    super.record(failed);
    return failed && this.failureCount >= this.#failures;
  }
}
