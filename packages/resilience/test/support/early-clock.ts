import { ManualClock } from '@highway/resilience/testing';

/**
 * A clock whose timers are as bad as those of a host that drops fractions, and fires up to `earlyMs` too early. A
 * timer of less than 1 ms takes almost no time.
 */
export class EarlyClock extends ManualClock {
  /** The delays of the timers that were set. */
  readonly set: number[] = [];
  readonly #earlyMs: () => number;

  constructor(earlyMs: () => number) {
    super();
    this.#earlyMs = earlyMs;
  }

  override setTimeout(fn: () => void, ms: number): unknown {
    this.set.push(ms);
    return super.setTimeout(fn, Math.max(0.001, Math.trunc(ms) - this.#earlyMs()));
  }
}
