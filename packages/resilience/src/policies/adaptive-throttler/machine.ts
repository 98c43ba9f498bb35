import { TimeWindow } from '../../support/time-window.ts';
import type { Time } from '../../support/time-window.ts';
import type { Random } from '../../seams/random.ts';

/** What a throttler decides by. */
export interface ThrottleRules {
  /** The length of the window, in ms. */
  readonly window: number;
  /** The share of calls that may fail before any is rejected, in [0, 1). */
  readonly failureTolerance: number;
  /** The largest share of calls to reject. */
  readonly maxRejectionRate: number;
}

/** Successes that every window is taken to hold: a few failures among few calls prove nothing. */
const benefitOfDoubt = 5;
/** Successes are counted in batches of so many at most, so that the clock isn't read for each. */
const largestBatch = 16;
/** A batch may take this share of the window. */
const batchShare = 1 / 160;

/**
 * Decides which share of the calls to reject, from the failure rate in a sliding window.
 * Up to the tolerance none is rejected; from there the share grows in a straight line, so that it
 * would be all if every call failed, and stops at the largest that is allowed.
 *
 * Only calls that ran count, not those rejected here: the share that fails is then the same however
 * many are rejected, and the few that are let through are enough to see a recovery.
 */
export class ThrottleMachine {
  readonly #rules: ThrottleRules;
  readonly #window: TimeWindow;
  readonly #time: Time;
  /**
   * None was to be rejected after the last failure, so none is now, and nobody needs to look: only
   * failures raise the share, or successes that are forgotten while hardly any calls come.
   */
  #calm = true;
  /** Successes that are not in the window yet, all of them after `#countedAt`. */
  #pending = 0;
  #batch = 1;
  #countedAt: number;

  constructor(rules: ThrottleRules, time: Time) {
    this.#rules = rules;
    this.#time = time;
    this.#window = new TimeWindow(rules.window, time);
    this.#countedAt = time.now();
  }

  /** Whether no call is to be rejected: cheaper than the exact share, which may be as little later. */
  get calm(): boolean {
    if (!this.#calm) this.#calm = this.rejectionRate === 0;
    return this.#calm;
  }

  /** The share of calls to reject now. */
  get rejectionRate(): number {
    const now = this.#time.now();
    this.#count(now);
    const { failureTolerance, maxRejectionRate } = this.#rules;
    const calls = this.#window.lengthAt(now) + benefitOfDoubt;
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
    // Calls that come fast are counted in larger batches; at the first that is slow, one by one.
    const fast = now - this.#countedAt < batchShare * this.#rules.window;
    this.#count(now);
    this.#batch = fast ? Math.min(largestBatch, this.#batch * 2) : 1;
  }

  recordFailure(): void {
    const now = this.#time.now();
    this.#count(now);
    this.#window.record(true, now);
    this.#calm = false;
  }

  /** Puts the successes into the window, at the earliest that they may have come. */
  #count(now: number): void {
    this.#window.count(this.#pending, 0, this.#countedAt);
    this.#pending = 0;
    this.#countedAt = now;
  }
}
