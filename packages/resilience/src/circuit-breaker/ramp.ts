/** Lets a growing share of the calls through after a recovery, so that callers don't stampede. */
export class Ramp {
  readonly #start: number;
  readonly #lengthMs: number;
  #credit = 0.9;

  constructor(start: number, lengthMs: number) {
    this.#start = start;
    this.#lengthMs = lengthMs;
  }

  /** How many ms of it are left. */
  left(now: number): number {
    return Math.max(0, this.#start + this.#lengthMs - now);
  }

  /**
   * Whether it refuses a call. The share let through is exact, not drawn by lot: each call adds the
   * share to a credit, and one is let in when the credit is whole.
   */
  refuses(now: number): boolean {
    const passed = Math.max(0, now - this.#start) / this.#lengthMs;
    this.#credit += 0.1 + 0.9 * passed;
    if (this.#credit < 1) return true;
    this.#credit -= 1;
    return false;
  }
}
