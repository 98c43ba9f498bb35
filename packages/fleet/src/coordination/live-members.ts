/**
 * How many members are alive, without believing at once that many have gone: a store that comes
 * back empty, whose clock was set, or that nobody could reach for a while knows of a few only until
 * all have spoken again, and those few must not be a quorum. A member counts until nobody has
 * reported so many for `memoryMs`, in which the store was never silent for as long.
 */
export class LiveMembers {
  readonly #memoryMs: number;
  #most = 0;
  #mostBefore = 0;
  #since = 0;
  #notedAt = -Infinity;

  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** Notes what the store says now; gives the number to reckon with. */
  note(members: number, now: number): number {
    const silent = now - this.#notedAt >= this.#memoryMs;
    if (silent) this.#since = now;
    this.#notedAt = now;
    if (now - this.#since >= this.#memoryMs) {
      this.#mostBefore = this.#most;
      this.#most = 0;
      this.#since = now;
    }
    this.#most = Math.max(this.#most, members);
    return Math.max(this.#most, this.#mostBefore);
  }
}
