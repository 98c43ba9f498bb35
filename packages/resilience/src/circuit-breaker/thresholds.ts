import { Fraction, toThresholdFraction } from '../fraction.ts';
import type { FractionLike } from '../fraction.ts';
import { CountWindow } from '../internal/count-window.ts';
import { look } from '../internal/foreign.ts';
import { count, hasMethods, invalid } from '../internal/options.ts';
import type { OutcomeWindow, Tracker } from '../internal/outcomes.ts';
import type { Time } from '../internal/time-window.ts';

/** When a breaker opens: made by `consecutive`, `rate` or `slow`. */
export interface Threshold {
  /** How many of how many test calls must fail when half-open for the threshold to be met. */
  readonly trials: Fraction;
  /** A call that takes longer, in ms, counts as one that failed; `Infinity` for none. */
  readonly slowerThanMs: number;
  /** The failure rate at which it opens; `undefined` if it does not judge a failure rate. */
  readonly failureRate: number | undefined;
  /** Whether it must know when an outcome came. */
  readonly timed: boolean;
  /** Makes the window that it judges, for one breaker. */
  track(time: Time): Tracker;
  /** The threshold as plain data. */
  toJSON(): unknown;
}

/** What an option for a failure threshold accepts. */
export type ThresholdLike = FractionLike | Threshold;

/** Opens after `failures` failures in a row. */
export function consecutive(failures: number): Threshold {
  return new Consecutive(count(1)('consecutive', failures));
}

/** A share of the last calls. */
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

/** So many failures in a row are the same as so many of the last so many. */
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
  if (value.length === 0) invalid(option, value, 'one threshold or more');
  return value.map((each: unknown, i) => toThreshold(`${option}[${String(i)}]`, each));
}

const thresholdForms =
  'a fraction from 1/n to n/n, as a Fraction or a text such as "2/5", or what consecutive, rate or ' +
  'slow gives';

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
