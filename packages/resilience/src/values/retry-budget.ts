import type { Clock } from '../seams/clock.ts';
import { duration } from './duration.ts';
import type { Duration } from './duration.ts';
import { count, number, policyOptions, readOptions, invalid } from '../support/options.ts';
import { TimeWindow } from '../support/time-window.ts';

/** Options of a `RetryBudget`. */
export interface RetryBudgetOptions {
  /** How many retries are allowed per call in the window. Default: 0.2. */
  readonly ratio?: number | undefined;
  /** How many retries per second are allowed in any case. Default: 1. */
  readonly minPerSecond?: number | undefined;
  /**
   * How many retries and hedges may be under way at once in any case, even if the rest of the budget is spent: from
   * the moment they are decided, through their delay, until their attempt has ended. Default: 0.
   */
  readonly minConcurrency?: number | undefined;
  /** The length of the sliding window. Default: 10 s. */
  readonly window?: Duration | undefined;
  /** The time source. Default: the system's monotonic clock. */
  readonly clock?: Clock | undefined;
}

const readers = {
  ratio: number(0, Number.MAX_VALUE, 0.2),
  minPerSecond: number(0, Number.MAX_VALUE, 1),
  minConcurrency: count(0, 0),
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
  readonly minConcurrency: number;
  /** The window, in ms. */
  readonly windowMs: number;
  /** Counts calls as outcomes, and additional attempts as failures. */
  readonly #window: TimeWindow;
  readonly #clock: Clock;
  /** How many additional attempts are under way. */
  #underWay = 0;

  constructor(options: RetryBudgetOptions = {}) {
    const { ratio, minPerSecond, minConcurrency, window, clock } = readOptions(
      'RetryBudget',
      options,
      readers,
    );
    if (window === 0) invalid('window', window, 'a duration above 0');
    this.ratio = ratio;
    this.minPerSecond = minPerSecond;
    this.minConcurrency = minConcurrency;
    this.windowMs = window;
    this.#clock = clock;
    this.#window = new TimeWindow(window, clock);
  }

  /** How many additional attempts are allowed now. */
  get remaining(): number {
    return this.#left(true);
  }

  /** The options as plain data. */
  toJSON(): { ratio: number; minPerSecond: number; minConcurrency: number; window: number } {
    const { ratio, minPerSecond, minConcurrency, windowMs } = this;
    return { ratio, minPerSecond, minConcurrency, window: windowMs };
  }

  /** Counts a call. The budget limits additional attempts to a share of the counted calls. */
  noteCall(): void {
    this.#window.count(1, 0, this.#clock.now());
  }

  /**
   * Takes one additional attempt from the budget; returns false if the budget is spent. Call `noteEnd` when the
   * attempt has ended. If nothing will tell you, pass false: then `minConcurrency` does not apply to the attempt.
   */
  tryTake(endIsNoted = true): boolean {
    if (this.#left(endIsNoted) < 1) return false;
    if (endIsNoted) this.#underWay++;
    this.#window.count(0, 1, this.#clock.now());
    return true;
  }

  /** Says that an additional attempt, which `tryTake` took, has ended or will not start. */
  noteEnd(): void {
    if (this.#underWay > 0) this.#underWay--;
  }

  #left(concurrent: boolean): number {
    const allowed = this.ratio * this.#window.length + (this.minPerSecond * this.windowMs) / 1000;
    return Math.max(
      concurrent ? this.minConcurrency - this.#underWay : 0,
      Math.floor(allowed + 1e-9) - this.#window.failureCount,
      0,
    );
  }
}

/** Tells the budget, if there is one, that an additional attempt is over. A user's own budget may lack the method. */
export function noteEnd(budget: RetryBudget | undefined): void {
  (budget as Partial<RetryBudget> | undefined)?.noteEnd?.();
}
