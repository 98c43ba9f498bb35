/** Lets those who ask take turns, first come first served. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for its turn; what it gives ends it. */
  begin(): Promise<() => void> {
    const before = this.#last;
    let end!: () => void;
    this.#last = new Promise<void>((resolve) => {
      end = resolve;
    });
    return before.then(() => end);
  }

  /** Does something in its turn. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.begin();
    try {
      return await work();
    } finally {
      end();
    }
  }
}
