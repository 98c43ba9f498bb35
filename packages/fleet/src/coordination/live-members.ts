/**
 * How many members are alive, without believing at once that many have gone: a store that comes
 * back empty, or whose clock was set, knows of a few only until all have spoken again, and those
 * few must not be a quorum. A member counts until nobody has reported so many for `memoryMs`.
 */
export class LiveMembers {
  readonly #memoryMs: number;
  #most = 0;
  #mostBefore = 0;
  #since = -Infinity;

  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** Notes what the store says now; gives the number to reckon with. */
  note(members: number, now: number): number {
    if (now - this.#since >= 2 * this.#memoryMs) this.#most = 0;
    if (now - this.#since >= this.#memoryMs) {
      this.#mostBefore = this.#most;
      this.#most = 0;
      this.#since = now;
    }
    this.#most = Math.max(this.#most, members);
    return Math.max(this.#most, this.#mostBefore);
  }
}
