/** A caller that waits for its circuit. */
export interface Parked {
  /** When its wait is over, on the controller's clock; `Infinity` for never. */
  readonly deadline: number;
  /** Lets it try again, or tells it that its deadline is over. */
  wake(): void;
}

/**
 * The callers that wait for a circuit, first come, first served. Adding, waking and removing take
 * constant time. Finding those with an expired deadline takes a full scan, which starts only once the
 * earliest deadline may be over.
 */
export class ParkingLot {
  readonly #parked = new Set<Parked>();
  #earliest = Infinity;

  get size(): number {
    return this.#parked.size;
  }

  /** A lower bound of all deadlines. */
  get earliestDeadline(): number {
    return this.#earliest;
  }

  add(parked: Parked): void {
    this.#parked.add(parked);
    this.#earliest = Math.min(this.#earliest, parked.deadline);
  }

  remove(parked: Parked): void {
    this.#parked.delete(parked);
    if (this.#parked.size === 0) this.#earliest = Infinity;
  }

  /** Removes and returns the first `count`, in order. */
  take(count: number): Parked[] {
    const taken: Parked[] = [];
    for (const parked of this.#parked) {
      if (taken.length >= count) break;
      taken.push(parked);
    }
    for (const parked of taken) this.remove(parked);
    return taken;
  }

  /** Removes and returns those whose deadline is over. */
  takeExpired(now: number): Parked[] {
    if (now < this.#earliest) return [];
    const expired = [...this.#parked].filter(({ deadline }) => deadline <= now);
    for (const parked of expired) this.#parked.delete(parked);
    this.#earliest = Infinity;
    for (const { deadline } of this.#parked) this.#earliest = Math.min(this.#earliest, deadline);
    return expired;
  }
}
