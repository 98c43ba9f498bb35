/**
 * The number of live members, which does not drop at once. After a store came back empty, had its clock
 * set, or was unreachable for a while, it knows only the few members that have synced again, and those
 * few must not be a quorum. So the highest number of the last `memoryMs` counts, and a store that was
 * silent for that long starts this time again.
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

  /** Records the store's number of members; returns the number to use. */
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
