const bucketCount = 128;

/**
 * Counts the permits taken in the last `spanMs`, and never too few: a bucket is forgotten as a whole, so a
 * permit may count for up to 2/126 of the span too long. Constant memory.
 */
export class PermitLog {
  readonly #bucketMs: number;
  readonly #taken = new Uint32Array(bucketCount);
  /** The number of the newest bucket, counted from the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;
  /** When the next bucket starts. Most calls come before that and have nothing to forget. */
  #newestUntil = Number.NEGATIVE_INFINITY;
  #slot = 0;
  #count = 0;

  constructor(spanMs: number) {
    // One more for the newest bucket, which has just started, and one for rounding errors.
    this.#bucketMs = spanMs / (bucketCount - 2);
  }

  /** Adds a permit that was taken now. */
  add(now: number): void {
    this.#forget(now);
    this.#taken[this.#slot]! += 1;
    this.#count++;
  }

  /** How many were taken in the span that ends now. */
  countAt(now: number): number {
    this.#forget(now);
    return this.#count;
  }

  /** In how many ms the oldest permits are forgotten; `Infinity` if there are none. */
  forgetsIn(now: number): number {
    this.#forget(now);
    for (let age = bucketCount - 1; age >= 0 && this.#count > 0; age--) {
      if (this.#taken[slotOf(this.#newest - age)] === 0) continue;
      return (this.#newest - age + bucketCount) * this.#bucketMs - now;
    }
    return Infinity;
  }

  /** While a clock is set back, no time passes. */
  #forget(now: number): void {
    if (now < this.#newestUntil) return;
    const bucket = Math.floor(now / this.#bucketMs);
    const passed = bucket - this.#newest;
    if (!(passed > 0)) return;
    this.#newest = bucket;
    this.#newestUntil = (bucket + 1) * this.#bucketMs;
    this.#slot = slotOf(bucket);
    if (passed >= bucketCount) {
      this.#taken.fill(0);
      this.#count = 0;
      return;
    }
    for (let i = 0; i < passed; i++) {
      const slot = slotOf(bucket - i);
      this.#count -= this.#taken[slot]!;
      this.#taken[slot] = 0;
    }
  }
}

function slotOf(bucket: number): number {
  return ((bucket % bucketCount) + bucketCount) % bucketCount;
}
