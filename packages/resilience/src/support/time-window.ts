import type { OutcomeWindow, StoredWindow } from './outcomes.ts';

const bucketCount = 40;

/** The source of a window's time, in ms. */
export interface Time {
  now(): number;
}

/**
 * The outcomes of the last `spanMs`, counted in 40 buckets: constant memory, constant time on average. A
 * bucket is forgotten as a whole, so an outcome counts for at least 39/40 of the span, and never longer than
 * the span. Reading forgets old outcomes just as recording does. While a clock is set back, no time passes.
 */
export class TimeWindow implements OutcomeWindow {
  readonly #bucketMs: number;
  readonly #totals: number[] = [];
  readonly #failures: number[] = [];
  /** The number of the newest bucket, counted from the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;
  #length = 0;
  #failureCount = 0;
  readonly #time: Time;

  constructor(spanMs: number, time: Time) {
    this.#bucketMs = spanMs / bucketCount;
    this.#time = time;
  }

  get length(): number {
    return this.lengthAt(this.#time.now());
  }

  get failureCount(): number {
    return this.failureCountAt(this.#time.now());
  }

  /** Same as `length`, for callers that know the time. */
  lengthAt(now: number): number {
    this.#forget(now);
    return this.#length;
  }

  /** Same as `failureCount`, for callers that know the time. */
  failureCountAt(now: number): number {
    this.#forget(now);
    return this.#failureCount;
  }

  /** Adds an outcome that came at `now`. */
  record(failed: boolean, now: number): void {
    this.count(1, failed ? 1 : 0, now);
  }

  /** Adds counts that came at `now`. */
  count(total: number, failures: number, now: number): void {
    this.#forget(now);
    this.#add(this.#newest, total, failures);
  }

  #add(bucket: number, total: number, failures: number): void {
    const slot = ((bucket % bucketCount) + bucketCount) % bucketCount;
    this.#totals[slot] = (this.#totals[slot] ?? 0) + total;
    this.#failures[slot] = (this.#failures[slot] ?? 0) + failures;
    this.#length += total;
    this.#failureCount += failures;
  }

  /** The counts of each bucket with the bucket's age, oldest first. */
  store(): [ageMs: number, total: number, failures: number][] {
    this.#forget(this.#time.now());
    const found: [number, number, number][] = [];
    for (let age = bucketCount - 1; age >= 0; age--) {
      const slot = (((this.#newest - age) % bucketCount) + bucketCount) % bucketCount;
      const total = this.#totals[slot] ?? 0;
      if (total > 0) found.push([age * this.#bucketMs, total, this.#failures[slot]!]);
    }
    return found;
  }

  restore(stored: StoredWindow, elapsedMs: number): void {
    if (typeof stored === 'string') return;
    this.#forget(this.#time.now());
    for (const [ageMs, total, failures] of stored) {
      const age = Math.ceil((ageMs + elapsedMs) / this.#bucketMs);
      if (age < bucketCount) this.#add(this.#newest - age, total, failures);
    }
  }

  *[Symbol.iterator](): Iterator<boolean> {
    // The order within a bucket is not known; its failures come first.
    for (const [, total, failures] of this.store()) {
      for (let i = 0; i < total; i++) yield i >= failures;
    }
  }

  #forget(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs);
    const passed = bucket - this.#newest;
    if (!(passed > 0)) return;
    this.#newest = bucket;
    if (passed >= bucketCount) {
      this.#totals.length = this.#failures.length = this.#length = this.#failureCount = 0;
      return;
    }
    for (let i = 0; i < passed; i++) {
      const slot = (((bucket - i) % bucketCount) + bucketCount) % bucketCount;
      this.#length -= this.#totals[slot] ?? 0;
      this.#failureCount -= this.#failures[slot] ?? 0;
      this.#totals[slot] = this.#failures[slot] = 0;
    }
  }
}
