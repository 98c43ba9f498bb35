import type { Clock } from '@highway/resilience';

/** Counts the calls under way in this process, so that a stop can wait for them. */
export class CallTracker {
  readonly #clock: Clock;
  #count = 0;
  #closed = false;
  #drained: (() => void) | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a call; resolves to the function that ends it. After `close` it never resolves. */
  begin(): Promise<() => void> {
    if (this.#closed) return new Promise(() => undefined);
    this.#count += 1;
    let isUnderWay = true;
    return Promise.resolve(() => {
      if (!isUnderWay) return;
      isUnderWay = false;
      this.#count -= 1;
      if (this.#count === 0) this.#drained?.();
    });
  }

  /** Lets no new call begin, and waits at most `timeoutMs` for those under way. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, timeoutMs);
      this.#drained = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}
