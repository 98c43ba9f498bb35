/** Records unhandled rejections, instead of the listeners that are there. */
export class UnhandledRejections {
  readonly errors: unknown[] = [];
  readonly #listeners = process.listeners('unhandledRejection');
  readonly #note = (error: unknown): void => {
    this.errors.push(error);
  };

  constructor() {
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', this.#note);
  }

  /** Lets the others listen again. */
  close(): void {
    process.off('unhandledRejection', this.#note);
    for (const listener of this.#listeners) process.on('unhandledRejection', listener);
  }
}
