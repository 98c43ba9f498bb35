const ignore = (): void => undefined;

/**
 * A promise that the engine hands to a workflow. Its rejection never counts as unhandled, nor does that
 * of promises derived from it: it would end the process, and all other runs with it. Instead, it keeps
 * track of whether anyone has awaited it.
 */
export class HandedPromise<T> extends Promise<T> {
  #isHandled = false;

  /** Wraps a promise. */
  static of<T>(promise: Promise<T>): HandedPromise<T> {
    const handed = new HandedPromise<T>((resolve) => {
      resolve(promise);
    });
    handed.#silence();
    return handed;
  }

  /** Whether anyone has asked for its outcome. */
  get isHandled(): boolean {
    return this.#isHandled;
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHandled = true;
    const next = super.then(onFulfilled, onRejected);
    if (next instanceof HandedPromise) (next as HandedPromise<A | B>).#silence();
    return next;
  }

  #silence(): void {
    void super.then(ignore, ignore);
  }
}
