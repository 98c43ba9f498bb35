/**
 * How many circuits one exchange may be about: all of them, unless the store cannot answer so many in
 * time. A store that comes back gets full messages about all circuits of all nodes at once. If it needed
 * longer than each node waits, and nodes asked for all of them again and again, it would never catch up.
 */
export class Portion {
  readonly #timeoutMs: number;
  #size = Infinity;

  /** @param timeoutMs how long the store may take to answer */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Called when the store has answered in time: the next exchange may be larger if that was quick. */
  answered(tookMs: number): void {
    // Twice as many then take up to half of the time, if other nodes do not do the same.
    if (tookMs < this.#timeoutMs / 4) this.#size *= 2;
  }

  /** Called when the store did not answer so many in time. */
  timedOut(count: number): void {
    this.#size = Math.max(1, Math.ceil(count / 2));
  }
}
