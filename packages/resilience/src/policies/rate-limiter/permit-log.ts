const bucketCount = 128;

/**
 * How many permits were taken in the last `spanMs`, never too few: a permit is forgotten together
 * with all those of its bucket, so it may count for two 126ths of the span longer. Constant memory.
 */
export class PermitLog {
  readonly #bucketMs: number;
  readonly #taken = new Uint32Array(bucketCount);
  /** The number of the newest bucket, counted from the clock's zero. */
  #newest = Number.NEGATIVE_INFINITY;
  /** Until when it is the newest: most calls come before that, and have nothing to forget. */
  #newestUntil = Number.NEGATIVE_INFINITY;
  #slot = 0;
  #count = 0;

  constructor(spanMs: number) {
    // One for the newest, which has just begun, and one for errors of rounding.
    this.#bucketMs = spanMs / (bucketCount - 2);
  }

  /** Notes a permit that was taken now. */
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

  /** In how many ms the oldest of them are forgotten; `Infinity` where there are none. */
  forgetsIn(now: number): number {
    this.#forget(now);
    for (let age = bucketCount - 1; age >= 0 && this.#count > 0; age--) {
      if (this.#taken[slotOf(this.#newest - age)] === 0) continue;
      return (this.#newest - age + bucketCount) * this.#bucketMs - now;
    }
    return Infinity;
  }

  /** A clock that steps back is taken to stand still. */
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
