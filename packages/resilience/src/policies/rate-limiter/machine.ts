import type { RateLimiterRules } from './options.ts';
import { PermitLog } from './permit-log.ts';

/**
 * Intervals such as 1000/3 ms, and clocks that have run for months, leave errors of rounding: times
 * that differ by less, in ms, are the same. No timer can tell.
 */
export const tolerance = 1e-4;

/** Of a lateness, no more than this in ms is made good for calls that come after those that waited. */
const mostCreditAfter = 5;

/**
 * A bucket of `burst` permits that fills at `limit` for `per`: synchronous, without a clock. It
 * keeps the time at which the bucket would be full again, as the generic cell rate algorithm does
 * (ITU-T I.371): nothing has to be filled while nobody calls.
 *
 * Timers are late, by a grain of a millisecond at least, and a full bucket gains nothing meanwhile:
 * with a small burst, callers that wait would get far fewer permits than the limit says. So what a
 * timer was late is credited (`late`): the bucket then fills as if the permits had been taken when
 * they were due. Permits that only the credit allows are bounded by a log of those taken: any span
 * of `per` has at most `limit + burst` of them, however late the timers are.
 */
export class Bucket {
  readonly #interval: number;
  readonly #burst: number;
  readonly #most: number;
  /** How far ahead of now the time of fullness may be for a permit to be there. */
  readonly #slack: number;
  readonly #taken: PermitLog;
  #fullAt = Number.NEGATIVE_INFINITY;
  /** The same without any credit. A permit that it allows keeps the bound by itself. */
  #strictlyFullAt = Number.NEGATIVE_INFINITY;
  /** A lateness is being made good, up to the second time: as if permits were taken at the first. */
  #creditFrom = 0;
  #creditUntil = Number.NEGATIVE_INFINITY;
  readonly #mostCredit: number;

  constructor({ limit, per, burst }: Pick<RateLimiterRules, 'limit' | 'per' | 'burst'>) {
    this.#interval = per / limit;
    this.#burst = burst;
    this.#most = limit + burst;
    this.#mostCredit = per;
    this.#slack = this.#interval * (burst - 1);
    this.#taken = new PermitLog(per);
  }

  /** Milliseconds until there is a permit for a caller with `ahead` others before it; 0 for now. */
  waitFor(ahead: number, now: number): number {
    const wait = this.#fullness(now) + ahead * this.#interval - this.#slack - now;
    if (wait > tolerance) return wait;
    const strict = Math.max(this.#strictlyFullAt, now) + ahead * this.#interval - this.#slack - now;
    if (strict <= tolerance || this.#taken.countAt(now) + ahead < this.#most) return 0;
    return Math.max(tolerance, Math.min(strict, this.#taken.forgetsIn(now)));
  }

  /** When the next permit is due; it may have to come later, so that a span has not too many. */
  dueAt(now: number): number {
    return this.#fullness(now) - this.#slack;
  }

  /** How many permits there are now; none while those are owed that a credit gave. */
  available(now: number): number {
    const strictly = this.#permits(Math.max(this.#strictlyFullAt, now) - now);
    const bound = Math.max(strictly, this.#most - this.#taken.countAt(now));
    return Math.max(0, Math.min(bound, this.#permits(this.#fullness(now) - now)));
  }

  /** How many permits there are so many ms before the bucket is full; more after, by a credit. */
  #permits(untilFull: number): number {
    if (Math.abs(untilFull) <= tolerance) return this.#burst;
    return Math.floor((this.#slack - untilFull + tolerance) / this.#interval) + 1;
  }

  /** Takes a permit, which `waitFor` said is there. */
  take(now: number): void {
    this.#fullAt = this.#fullness(now) + this.#interval;
    this.#strictlyFullAt = Math.max(this.#strictlyFullAt, now) + this.#interval;
    this.#taken.add(now);
  }

  /** Gives back a permit that was not used. */
  refund(): void {
    this.#fullAt -= this.#interval;
    this.#strictlyFullAt -= this.#interval;
  }

  /**
   * A caller was kept waiting for `ms` longer than it had to be. The credit is good for as long, so
   * that it is no burst for calls that come after a pause.
   */
  late(ms: number, now: number): void {
    const credit = Math.min(ms, this.#mostCredit);
    this.#creditFrom = now - credit;
    this.#creditUntil = now + credit;
  }

  /** Nobody waits any more: what is left of a credit is for those who call again at once. */
  served(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, this.#strictlyFullAt - mostCreditAfter);
    this.#creditUntil = Math.min(this.#creditUntil, now + mostCreditAfter);
  }

  /** When the bucket is full, or since when, as far as a lateness goes back. */
  #fullness(now: number): number {
    return Math.max(this.#fullAt, now <= this.#creditUntil ? this.#creditFrom : now);
  }
}
