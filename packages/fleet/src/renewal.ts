/** The wait before a connection is made anew once more: the first, and the longest. */
const firstPauseMs = 1000;
const longestPauseMs = 5000;

/**
 * When a connection is made anew of which the server said that it is no good: at once, and less and
 * less often where that did not help, since the server may stay so for long.
 */
export class Renewal {
  #pauseMs = firstPauseMs;
  #nextAt = -Infinity;

  /** Whether to make it anew now. */
  isDue(now: number): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, 2 * this.#pauseMs);
    return true;
  }

  /** The connection does what is asked of it. */
  succeeded(): void {
    this.#pauseMs = firstPauseMs;
  }
}
