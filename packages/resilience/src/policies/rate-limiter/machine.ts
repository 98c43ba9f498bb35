import type { RateLimiterRules } from './options.ts';
import { PermitLog } from './permit-log.ts';

/**
 * Times that differ by less, in ms, count as equal. Intervals such as 1000/3 ms, and clocks that have run for
 * months, cause rounding errors; no timer is that exact.
 */
export const toleranceMs = 1e-4;

/** How much of a credit stays for new calls once the queue is empty, in ms. */
const maxCreditAfterMs = 5;

/**
 * A bucket of `burst` permits that refills at `limit` per `per`: synchronous, without a clock. It stores the
 * time at which the bucket will be full, as the generic cell rate algorithm does (ITU-T I.371), so an idle
 * bucket needs no refilling.
 *
 * Timers are late, often by a millisecond, and a full bucket gains nothing in that time. With a small burst,
 * waiting calls would get far fewer permits than the limit allows. So the lateness of a timer is credited
 * (`late`): the bucket refills as if the permits had been taken when they were due. A log of the permits
 * taken bounds those that only a credit allows: any span of `per` has at most `limit + burst`, however late
 * the timers are.
 */
export class Bucket {
  readonly #intervalMs: number;
  readonly #burst: number;
  /** The maximum number of permits within any span of `per`. */
  readonly #maxPerSpan: number;
  /** A permit is available if the bucket will be full within this time. */
  readonly #slackMs: number;
  readonly #taken: PermitLog;
  #fullAt = Number.NEGATIVE_INFINITY;
  /** The same without credits. Permits that it allows are within the bound anyway. */
  #strictlyFullAt = Number.NEGATIVE_INFINITY;
  /** Until `#creditUntil`, permits count as if they had been taken at `#creditFrom`. */
  #creditFrom = 0;
  #creditUntil = Number.NEGATIVE_INFINITY;
  readonly #maxCreditMs: number;

  constructor({ limit, per, burst }: Pick<RateLimiterRules, 'limit' | 'per' | 'burst'>) {
    this.#intervalMs = per / limit;
    this.#burst = burst;
    this.#maxPerSpan = limit + burst;
    this.#maxCreditMs = per;
    this.#slackMs = this.#intervalMs * (burst - 1);
    this.#taken = new PermitLog(per);
  }

  /** How long a caller with `ahead` others before it has to wait for a permit, in ms. */
  waitFor(ahead: number, now: number): number {
    const waitMs = this.#fullness(now) + ahead * this.#intervalMs - this.#slackMs - now;
    if (waitMs > toleranceMs) return waitMs;
    const strictMs =
      Math.max(this.#strictlyFullAt, now) + ahead * this.#intervalMs - this.#slackMs - now;
    if (strictMs <= toleranceMs || this.#taken.countAt(now) + ahead < this.#maxPerSpan) return 0;
    return Math.max(toleranceMs, Math.min(strictMs, this.#taken.forgetsIn(now)));
  }

  /** When the next permit is due. It may come later than that, to keep the bound of a span. */
  dueAt(now: number): number {
    return this.#fullness(now) - this.#slackMs;
  }

  /** How many permits are available now; none while permits from a credit are still owed. */
  available(now: number): number {
    const strictly = this.#permits(Math.max(this.#strictlyFullAt, now) - now);
    const bound = Math.max(strictly, this.#maxPerSpan - this.#taken.countAt(now));
    return Math.max(0, Math.min(bound, this.#permits(this.#fullness(now) - now)));
  }

  /** How many permits a bucket has that is full in `untilFullMs`. Below 0, after a credit, more than `burst`. */
  #permits(untilFullMs: number): number {
    if (Math.abs(untilFullMs) <= toleranceMs) return this.#burst;
    return Math.floor((this.#slackMs - untilFullMs + toleranceMs) / this.#intervalMs) + 1;
  }

  /** Takes a permit that is available according to `waitFor`. */
  take(now: number): void {
    this.#fullAt = this.#fullness(now) + this.#intervalMs;
    this.#strictlyFullAt = Math.max(this.#strictlyFullAt, now) + this.#intervalMs;
    this.#taken.add(now);
  }

  /** Returns a permit that was not used. */
  refund(): void {
    this.#fullAt -= this.#intervalMs;
    this.#strictlyFullAt -= this.#intervalMs;
  }

  /**
   * Credits a wait that was `ms` longer than necessary. The credit lapses after the same time, so it cannot
   * become a burst for calls that come after a pause.
   */
  late(ms: number, now: number): void {
    const creditMs = Math.min(ms, this.#maxCreditMs);
    this.#creditFrom = now - creditMs;
    this.#creditUntil = now + creditMs;
  }

  /** Called when the queue is empty. What is left of a credit is for callers that call again at once. */
  served(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, this.#strictlyFullAt - maxCreditAfterMs);
    this.#creditUntil = Math.min(this.#creditUntil, now + maxCreditAfterMs);
  }

  /** When the bucket will be full, or since when it counts as full because of a credit. */
  #fullness(now: number): number {
    return Math.max(this.#fullAt, now <= this.#creditUntil ? this.#creditFrom : now);
  }
}
