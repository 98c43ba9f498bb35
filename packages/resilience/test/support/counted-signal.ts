type Listener = Parameters<AbortSignal['addEventListener']>[1];

/** A caller's signal that counts the listeners which are on it. */
export class CountedSignal {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #listeners: Listener[] = [];
  /** The most listeners that there ever were at once. */
  most = 0;

  constructor() {
    const { signal } = this.#controller;
    this.signal = signal;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    // Own methods stand before the prototype's, so whoever listens comes by here.
    Object.defineProperty(signal, 'addEventListener', {
      value: (type: string, listener: Listener, options?: AddEventListenerOptions) => {
        if (!this.#listeners.includes(listener)) this.#listeners.push(listener);
        this.most = Math.max(this.most, this.#listeners.length);
        add(type, listener, options);
      },
    });
    Object.defineProperty(signal, 'removeEventListener', {
      value: (type: string, listener: Listener) => {
        const i = this.#listeners.indexOf(listener);
        if (i >= 0) this.#listeners.splice(i, 1);
        remove(type, listener);
      },
    });
  }

  /** How many listeners are on it now. */
  get listeners(): number {
    return this.#listeners.length;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }
}
