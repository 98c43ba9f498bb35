/** Admits a growing share of the calls after a recovery, so that the dependency is not overloaded. */
export class Ramp {
  readonly #start: number;
  readonly #lengthMs: number;
  #credit = 0.9;

  constructor(start: number, lengthMs: number) {
    this.#start = start;
    this.#lengthMs = lengthMs;
  }

  /** The remaining time in ms. */
  left(now: number): number {
    return Math.max(0, this.#start + this.#lengthMs - now);
  }

  /**
   * Whether to reject a call. The share of admitted calls is exact, not random: each call adds the share to a
   * credit, and a call is admitted when the credit reaches 1.
   */
  rejects(now: number): boolean {
    const passed = Math.max(0, now - this.#start) / this.#lengthMs;
    this.#credit += 0.1 + 0.9 * passed;
    if (this.#credit < 1) return true;
    this.#credit -= 1;
    return false;
  }
}
