/** One that waits for its circuit. */
export interface Parked {
  /** When it has waited long enough, on the clock of the gate; `Infinity` for never. */
  readonly deadline: number;
  /** Lets it go: it may try again, or its time is over. */
  wake(): void;
}

/**
 * Those who wait for a circuit, first come first served. Adding, waking and leaving take constant
 * time; looking for those whose time is over takes a pass, but only once the first may be due.
 */
export class ParkingLot {
  readonly #parked = new Set<Parked>();
  #earliest = Infinity;

  get size(): number {
    return this.#parked.size;
  }

  /** No deadline is before this. */
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

  /** Takes out the first `count`, in order. */
  take(count: number): Parked[] {
    const taken: Parked[] = [];
    for (const parked of this.#parked) {
      if (taken.length >= count) break;
      taken.push(parked);
    }
    for (const parked of taken) this.remove(parked);
    return taken;
  }

  /** Takes out those whose time is over. */
  takeExpired(now: number): Parked[] {
    if (now < this.#earliest) return [];
    const expired = [...this.#parked].filter(({ deadline }) => deadline <= now);
    for (const parked of expired) this.#parked.delete(parked);
    this.#earliest = Infinity;
    for (const { deadline } of this.#parked) this.#earliest = Math.min(this.#earliest, deadline);
    return expired;
  }
}
