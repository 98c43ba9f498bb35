/**
 * Bounds how many runs of a workflow this process executes at the same time. A run that waits gives its
 * slot to another one, and takes a slot again before it continues. Slots are given first come, first
 * served, but runs that continue come before runs that start.
 */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  readonly #continuing = new Set<() => void>();
  readonly #starting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many runs could start at once. */
  get free(): number {
    return Math.max(0, this.#limit - this.#taken - this.#continuing.size - this.#starting.size);
  }

  /** Takes a slot as soon as there is one: to start a run, or to continue it after a wait. */
  take(to: 'start' | 'continue'): Promise<void> {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return Promise.resolve();
    }
    const queue = to === 'start' ? this.#starting : this.#continuing;
    return new Promise((resolve) => {
      queue.add(resolve);
    });
  }

  /** Gives a slot back. The next run that waits for one gets it. */
  release(): void {
    for (const queue of [this.#continuing, this.#starting]) {
      for (const next of queue) {
        queue.delete(next);
        next();
        return;
      }
    }
    this.#taken -= 1;
  }
}
