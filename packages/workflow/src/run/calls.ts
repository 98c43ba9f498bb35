import type { Clock } from '@highway/resilience';

/** Counts the calls under way in this process, so that a stop can let them end. */
export class Calls {
  readonly #clock: Clock;
  #count = 0;
  #closed = false;
  #drained: (() => void) | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a call; what it gives ends it. Once closed, it never resolves: no call begins any more. */
  begin(): Promise<() => void> {
    if (this.#closed) return new Promise(() => undefined);
    this.#count += 1;
    let under = true;
    return Promise.resolve(() => {
      if (!under) return;
      under = false;
      this.#count -= 1;
      if (this.#count === 0) this.#drained?.();
    });
  }

  /** Lets no call begin any more, and waits for those under way, but not longer than `ms`. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      this.#drained = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}
