/** The shortest and the longest wait between two reconnections. */
const firstPauseMs = 1000;
const longestPauseMs = 5000;

/**
 * When to reconnect after the server said that a connection is of no use: at once, then less and less
 * often if that did not help, since the server may stay in this state for long.
 */
export class ReconnectBackoff {
  #pauseMs = firstPauseMs;
  #nextAt = -Infinity;

  /** Whether to reconnect now. */
  isDue(now: number): boolean {
    if (now < this.#nextAt) return false;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, 2 * this.#pauseMs);
    return true;
  }

  /** Called when the connection works. */
  succeeded(): void {
    this.#pauseMs = firstPauseMs;
  }
}
