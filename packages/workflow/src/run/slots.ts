/**
 * Bounds how many runs of a workflow make progress at once in this process. A run that waits gives
 * its slot to another, and takes one again before it goes on. First come, first served, but those
 * who go on come before those who begin.
 */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  readonly #goingOn = new Set<() => void>();
  readonly #beginning = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many runs could begin at once. */
  get free(): number {
    return Math.max(0, this.#limit - this.#taken - this.#goingOn.size - this.#beginning.size);
  }

  /** Takes a slot, as soon as there is one: to begin, or to go on after a wait. */
  take(to: 'begin' | 'goOn'): Promise<void> {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return Promise.resolve();
    }
    const queue = to === 'begin' ? this.#beginning : this.#goingOn;
    return new Promise((resolve) => {
      queue.add(resolve);
    });
  }

  /** Gives a slot back: to the first who waits. */
  release(): void {
    for (const queue of [this.#goingOn, this.#beginning]) {
      for (const next of queue) {
        queue.delete(next);
        next();
        return;
      }
    }
    this.#taken -= 1;
  }
}
