import type { Clock } from './clock.ts';
import { duration } from './duration.ts';
import type { Duration } from './duration.ts';
import { number, policyOptions, readOptions, invalid } from './internal/options.ts';
import { TimeWindow } from './internal/time-window.ts';

/** Options of a `RetryBudget`. */
export interface RetryBudgetOptions {
  /** How many retries there may be for each call, in the window. Default: 0.2. */
  readonly ratio?: number | undefined;
  /** How many retries a second there may be in any case. Default: 1. */
  readonly minPerSecond?: number | undefined;
  /** The sliding window. Default: 10 s. */
  readonly window?: Duration | undefined;
  /** Where time comes from. Default: the system's monotonic clock. */
  readonly clock?: Clock | undefined;
}

const readers = {
  ratio: number(0, Number.MAX_VALUE, 0.2),
  minPerSecond: number(0, Number.MAX_VALUE, 1),
  window: duration(10_000),
  clock: policyOptions.clock,
};

/**
 * Bounds what retries and hedges add to the load: a share of the calls, and a few in any case. One
 * budget may be shared by several policies; when it is spent they give up as if they had no attempt
 * left, so that a service which is down isn't hit several times as hard.
 */
export class RetryBudget {
  readonly ratio: number;
  readonly minPerSecond: number;
  /** The window, in ms. */
  readonly windowMs: number;
  /** Calls count as outcomes, and additional attempts as failures. */
  readonly #window: TimeWindow;
  readonly #clock: Clock;

  constructor(options: RetryBudgetOptions = {}) {
    const { ratio, minPerSecond, window, clock } = readOptions('RetryBudget', options, readers);
    if (window === 0) invalid('window', window, 'a time above 0');
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

  /** Notes a call: what additional attempts are a share of. */
  noteCall(): void {
    this.#window.count(1, 0, this.#clock.now());
  }

  /** Takes one additional attempt; false where the budget is spent. */
  tryTake(): boolean {
    if (this.remaining < 1) return false;
    this.#window.count(0, 1, this.#clock.now());
    return true;
  }
}
