const ignore = (): void => undefined;

/**
 * A promise that is handed to a workflow. Its rejection never counts as unhandled, nor does that of the
 * promises made of it: that would end the process, and with it all the other runs. Whether anybody has
 * asked for it is known instead.
 */
export class HandedPromise<T> extends Promise<T> {
  #isHeard = false;

  /** Hands a promise out. */
  static of<T>(promise: Promise<T>): HandedPromise<T> {
    const handed = new HandedPromise<T>((resolve) => {
      resolve(promise);
    });
    handed.#silence();
    return handed;
  }

  /** Whether anybody has asked what came of it. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeard = true;
    const next = super.then(onFulfilled, onRejected);
    if (next instanceof HandedPromise) (next as HandedPromise<A | B>).#silence();
    return next;
  }

  #silence(): void {
    void super.then(ignore, ignore);
  }
}
