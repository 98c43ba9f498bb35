import type { Clock } from '../seams/clock.ts';
import { duration } from './duration.ts';
import type { Duration } from './duration.ts';
import { number, policyOptions, readOptions, invalid } from '../support/options.ts';
import { TimeWindow } from '../support/time-window.ts';

/** Options of a `RetryBudget`. */
export interface RetryBudgetOptions {
  /** How many retries are allowed per call in the window. Default: 0.2. */
  readonly ratio?: number | undefined;
  /** How many retries per second are allowed in any case. Default: 1. */
  readonly minPerSecond?: number | undefined;
  /** The length of the sliding window. Default: 10 s. */
  readonly window?: Duration | undefined;
  /** The time source. Default: the system's monotonic clock. */
  readonly clock?: Clock | undefined;
}

const readers = {
  ratio: number(0, Number.MAX_VALUE, 0.2),
  minPerSecond: number(0, Number.MAX_VALUE, 1),
  window: duration(10_000),
  clock: policyOptions.clock,
};

/**
 * Limits the load that retries and hedges add: to a share of the calls, plus a few per second in any
 * case. Several policies can share one budget. When it is spent, they make no further attempts, so a
 * service that is down does not get several times its usual load.
 */
export class RetryBudget {
  readonly ratio: number;
  readonly minPerSecond: number;
  /** The window, in ms. */
  readonly windowMs: number;
  /** Counts calls as outcomes, and additional attempts as failures. */
  readonly #window: TimeWindow;
  readonly #clock: Clock;

  constructor(options: RetryBudgetOptions = {}) {
    const { ratio, minPerSecond, window, clock } = readOptions('RetryBudget', options, readers);
    if (window === 0) invalid('window', window, 'a duration above 0');
    this.ratio = ratio;
    this.minPerSecond = minPerSecond;
    this.windowMs = window;
    this.#clock = clock;
    this.#window = new TimeWindow(window, clock);
  }

  /** How many additional attempts are allowed now. */
  get remaining(): number {
    const allowed = this.ratio * this.#window.length + (this.minPerSecond * this.windowMs) / 1000;
    return Math.max(0, Math.floor(allowed + 1e-9) - this.#window.failureCount);
  }

  /** The options as plain data. */
  toJSON(): { ratio: number; minPerSecond: number; window: number } {
    return { ratio: this.ratio, minPerSecond: this.minPerSecond, window: this.windowMs };
  }

  /** Counts a call. The budget limits additional attempts to a share of the counted calls. */
  noteCall(): void {
    this.#window.count(1, 0, this.#clock.now());
  }

  /** Takes one additional attempt from the budget; returns false if the budget is spent. */
  tryTake(): boolean {
    if (this.remaining < 1) return false;
    this.#window.count(0, 1, this.#clock.now());
    return true;
  }
}
