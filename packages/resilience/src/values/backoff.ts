import { duration, toMs } from './duration.ts';
import type { Duration } from './duration.ts';
import { randomOption, number, readOptions, invalid } from '../support/options.ts';
import type { Random } from '../seams/random.ts';

/** How delays are spread, so that callers that failed together don't retry together. */
export type Jitter =
  /** Up to this share of the delay, added or subtracted. */
  | number
  /** Anywhere between 0 and the delay. */
  | 'full'
  /** Anywhere between `minDelay` and three times the previous delay; `factor` is ignored. */
  | 'decorrelated';

/** Options of a `Backoff`. */
export interface BackoffOptions {
  /** The first delay. */
  readonly minDelay: Duration;
  /** The longest delay. */
  readonly maxDelay: Duration;
  /** Each delay is this many times the previous one; at least 1. Default: 2. */
  readonly factor?: number | undefined;
  /** How delays are spread. Default: 0 (not spread). */
  readonly jitter?: Jitter | undefined;
  /** The random source. Default: the system's. */
  readonly random?: Random | undefined;
}

const jitterShare = number(0, 1, 0);
const readers = {
  minDelay: duration(),
  maxDelay: duration(),
  factor: number(1, Number.MAX_VALUE, 2),
  jitter: (option: string, value: unknown): Jitter =>
    value === 'full' || value === 'decorrelated' ? value : jitterShare(option, value),
  random: randomOption,
};

/**
 * Delays between attempts that grow up to a limit. Immutable, so policies can share one.
 *
 * @example
 * const backoff = new Backoff({ minDelay: '1s', maxDelay: '10s', jitter: 0.1 });
 * backoff.forAttempt(3); // about 4000
 */
export class Backoff {
  /** No delay. */
  static readonly none: Backoff = new Backoff({ minDelay: 0, maxDelay: 0 });

  /** The first delay, in ms. */
  readonly minDelay: number;
  /** The longest delay, in ms. */
  readonly maxDelay: number;
  readonly factor: number;
  readonly jitter: Jitter;
  readonly #random: Random;

  constructor(options: BackoffOptions) {
    const { minDelay, maxDelay, factor, jitter, random } = readOptions('Backoff', options, readers);
    if (maxDelay < minDelay)
      invalid('maxDelay', maxDelay, `at least minDelay (${String(minDelay)} ms)`);
    this.minDelay = minDelay;
    this.maxDelay = maxDelay;
    this.factor = factor;
    this.jitter = jitter;
    this.#random = random;
  }

  /** The same delay each time. */
  static fixed(delay: Duration): Backoff {
    return new Backoff({ minDelay: toMs('delay', delay), maxDelay: delay, factor: 1 });
  }

  /**
   * The delay in ms after attempt number `attempt`, counting from 1. Never negative, `NaN` or above
   * `maxDelay`. A capped delay is spread below the cap, so that capped callers don't retry in step.
   * `previous` is the previous delay in ms; only decorrelated jitter uses it.
   */
  forAttempt(attempt: number, previous?: number): number {
    if (!(attempt >= 1)) invalid('attempt', attempt, 'a number of at least 1');
    const { minDelay, maxDelay, jitter } = this;
    // The power can reach Infinity, and 0 · Infinity is NaN, as is 1 ** Infinity.
    const factor = this.factor ** Math.min(attempt - 1, Number.MAX_SAFE_INTEGER);
    const delay = minDelay === 0 ? 0 : Math.min(minDelay * factor, maxDelay);
    if (jitter === 0) return delay;
    if (jitter === 'full') return this.#between(0, delay);
    if (jitter === 'decorrelated') {
      return this.#between(minDelay, Math.min((previous ?? minDelay) * 3, maxDelay));
    }
    return this.#between(delay * (1 - jitter), Math.min(delay * (1 + jitter), maxDelay));
  }

  /**
   * As `forAttempt`, but at least `floor` ms, such as the `retryAfter` of an error. Jitter only adds to
   * the floor: a number adds at most that share of the delay, `'full'` and `'decorrelated'` add at most
   * the delay.
   */
  delayAtLeast(floor: number, attempt: number, previous?: number): number {
    const delay = this.forAttempt(attempt, previous);
    if (delay >= floor) return delay;
    const spread = typeof this.jitter === 'number' ? delay * this.jitter : delay;
    return this.jitter === 0 ? floor : this.#between(floor, floor + spread);
  }

  /** The options as plain data. */
  toJSON(): { minDelay: number; maxDelay: number; factor: number; jitter: Jitter } {
    const { minDelay, maxDelay, factor, jitter } = this;
    return { minDelay, maxDelay, factor, jitter };
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }
}
