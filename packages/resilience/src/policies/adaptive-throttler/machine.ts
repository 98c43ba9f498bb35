import { TimeWindow } from '../../support/time-window.ts';
import type { Time } from '../../support/time-window.ts';
import type { Random } from '../../seams/random.ts';

/** The rules of a throttler. */
export interface ThrottleRules {
  /** The length of the window, in ms. */
  readonly window: number;
  /** The share of calls that may fail before any is rejected, in [0, 1). */
  readonly failureTolerance: number;
  /** The largest share of calls to reject. */
  readonly maxRejectionRate: number;
}

/** Every window counts as if it had this many more successes: a few failures among few calls prove nothing. */
const assumedSuccesses = 5;
/** Successes are counted in batches of at most this size, so that the clock is not read for each of them. */
const maxBatch = 16;
/** A batch grows while it takes less than this share of the window. */
const batchShare = 1 / 160;

/**
 * Decides which share of the calls to reject, from the failure rate in a sliding window. Up to the tolerance,
 * no call is rejected. Above it, the share grows linearly, so that it would be 1 if every call failed, up to
 * `maxRejectionRate`.
 *
 * Only calls that ran count: so the failure rate does not depend on how many calls are rejected, and the few
 * admitted ones are enough to see a recovery.
 */
export class ThrottleMachine {
  readonly #rules: ThrottleRules;
  readonly #window: TimeWindow;
  readonly #time: Time;
  /**
   * Whether the share was 0 after the last failure. Then it need not be computed for each call: it rises only
   * with a failure, or when old successes are forgotten while there are hardly any calls.
   */
  #calm = true;
  /** Successes since `#countedAt`, which are not in the window yet. */
  #pending = 0;
  #batch = 1;
  #countedAt: number;

  constructor(rules: ThrottleRules, time: Time) {
    this.#rules = rules;
    this.#time = time;
    this.#window = new TimeWindow(rules.window, time);
    this.#countedAt = time.now();
  }

  /** Whether no call has to be rejected. Cheaper than the exact share, and good enough for a lane. */
  get calm(): boolean {
    if (!this.#calm) this.#calm = this.rejectionRate === 0;
    return this.#calm;
  }

  /** The share of calls to reject now. */
  get rejectionRate(): number {
    const now = this.#time.now();
    this.#count(now);
    const { failureTolerance, maxRejectionRate } = this.#rules;
    const calls = this.#window.lengthAt(now) + assumedSuccesses;
    const failed = this.#window.failureCountAt(now) / calls;
    const excess = (failed - failureTolerance) / (1 - failureTolerance);
    return Math.min(maxRejectionRate, Math.max(0, excess));
  }

  /** Decides at random whether to reject a call. */
  rejects(random: Random): boolean {
    if (this.#calm) return false;
    const rate = this.rejectionRate;
    this.#calm = rate === 0;
    return !this.#calm && random() < rate;
  }

  recordSuccess(): void {
    this.#pending++;
    if (this.#pending < this.#batch) return;
    const now = this.#time.now();
    // While successes follow each other quickly, batches grow; after a slow batch, each success is counted.
    const fast = now - this.#countedAt < batchShare * this.#rules.window;
    this.#count(now);
    this.#batch = fast ? Math.min(maxBatch, this.#batch * 2) : 1;
  }

  recordFailure(): void {
    const now = this.#time.now();
    this.#count(now);
    this.#window.record(true, now);
    this.#calm = false;
  }

  /** Adds the pending successes to the window, at the earliest time at which they may have come. */
  #count(now: number): void {
    this.#window.count(this.#pending, 0, this.#countedAt);
    this.#pending = 0;
    this.#countedAt = now;
  }
}
