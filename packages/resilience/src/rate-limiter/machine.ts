import type { RateLimiterRules } from './options.ts';

/**
 * Intervals such as 1000/3 ms, and clocks that have run for months, leave errors of rounding: times
 * that differ by less, in ms, are the same. No timer can tell.
 */
export const tolerance = 1e-4;

/**
 * A bucket of `burst` permits that fills at `limit` for `per`: synchronous, without a clock. It
 * keeps one number, the time at which the bucket would be full again, as the generic cell rate
 * algorithm does (ITU-T I.371): nothing has to be filled while nobody calls.
 */
export class Bucket {
  readonly #interval: number;
  readonly #burst: number;
  /** How far ahead of now the time of fullness may be for a permit to be there. */
  readonly #slack: number;
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor({ limit, per, burst }: Pick<RateLimiterRules, 'limit' | 'per' | 'burst'>) {
    this.#interval = per / limit;
    this.#burst = burst;
    this.#slack = this.#interval * (burst - 1);
  }

  /** Milliseconds until there is a permit for a caller with `ahead` others before it; 0 for now. */
  waitFor(ahead: number, now: number): number {
    const wait = Math.max(this.#fullAt, now) + ahead * this.#interval - this.#slack - now;
    return wait > tolerance ? wait : 0;
  }

  /** How many permits there are now. */
  available(now: number): number {
    const ahead = this.#fullAt - now;
    if (ahead <= tolerance) return this.#burst;
    return Math.floor((this.#slack - ahead + tolerance) / this.#interval) + 1;
  }

  /** Takes a permit, which `waitFor` said is there. */
  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
  }

  /** Gives back a permit that was not used. */
  refund(): void {
    this.#fullAt -= this.#interval;
  }
}
