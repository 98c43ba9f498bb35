/** Runs one critical section at a time, first come, first served. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for the lock; resolves to the function that releases it. */
  lock(): Promise<() => void> {
    const before = this.#last;
    let release!: () => void;
    this.#last = new Promise<void>((resolve) => {
      release = resolve;
    });
    return before.then(() => release);
  }

  /** Runs a function while it holds the lock. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.lock();
    try {
      return await work();
    } finally {
      release();
    }
  }
}
