import { inspector, inspectKey } from '../../support/inspect.ts';
import type { Outcomes } from '../../support/outcomes.ts';

/**
 * The recent outcomes of a breaker, oldest first: iterable as booleans, `true` for a success. A time
 * window keeps only the counts of each fortieth of its length, so the order within a fortieth is lost.
 */
export interface CircuitHistory extends Iterable<boolean> {
  readonly length: number;
  readonly successCount: number;
  readonly failureCount: number;
  /** The share of successes; 0 if the window is empty. */
  readonly successRate: number;
  /** The share of failures; 0 if the window is empty. */
  readonly failureRate: number;
}

/** A window with its rates. It is a live view: it shows later outcomes, too. */
export class History implements CircuitHistory {
  static {
    Object.defineProperty(this.prototype, inspectKey, {
      value: inspector(
        () => 'CircuitHistory',
        (history: History) => history.toJSON(),
      ),
    });
  }

  readonly #outcomes: Outcomes;

  constructor(outcomes: Outcomes) {
    this.#outcomes = outcomes;
  }

  get length(): number {
    return this.#outcomes.length;
  }

  get successCount(): number {
    return this.length - this.failureCount;
  }

  get failureCount(): number {
    return this.#outcomes.failureCount;
  }

  get successRate(): number {
    return this.length === 0 ? 0 : this.successCount / this.length;
  }

  get failureRate(): number {
    return this.length === 0 ? 0 : this.failureCount / this.length;
  }

  [Symbol.iterator](): Iterator<boolean> {
    return this.#outcomes[Symbol.iterator]();
  }

  toJSON(): object {
    const { length, successCount, failureCount, successRate, failureRate } = this;
    return { length, successCount, failureCount, successRate, failureRate };
  }
}
