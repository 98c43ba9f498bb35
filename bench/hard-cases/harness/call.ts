/** A call under watch: cases look at what became of it, and never wait for it. */
export class Call {
  #status: 'pending' | 'returned' | 'threw' = 'pending';
  #result: unknown = undefined;

  constructor(promise: Promise<unknown>) {
    promise.then(
      (value) => this.#settle('returned', value),
      (error: unknown) => this.#settle('threw', error),
    );
  }

  get pending(): boolean {
    return this.#status === 'pending';
  }

  get returned(): boolean {
    return this.#status === 'returned';
  }

  get threw(): boolean {
    return this.#status === 'threw';
  }

  /** What it returned or threw. */
  get result(): unknown {
    return this.#result;
  }

  #settle(status: 'returned' | 'threw', result: unknown): void {
    this.#status = status;
    this.#result = result;
  }
}
