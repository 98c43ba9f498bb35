import type { Clock } from '@highway/resilience';
import { StoreTimeoutError } from '../errors.ts';

/** Waits for a store, but only for a limited time. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #waits = new Set<() => void>();

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  /** Resolves with the answer; rejects with a `StoreTimeoutError` if it takes too long. */
  wait<T>(asked: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        end();
        reject(new StoreTimeoutError(this.#ms));
      };
      const timer = this.#clock.setTimeout(giveUp, this.#ms);
      unref(timer);
      const end = (): void => {
        this.#clock.clearTimeout(timer);
        this.#waits.delete(giveUp);
      };
      this.#waits.add(giveUp);
      // A store's own kind of promise may lack `finally`, or call back at once.
      Promise.resolve(asked).finally(end).then(resolve, reject);
    });
  }

  /**
   * Asks for something and waits like `wait`. The signal aborts as soon as nobody waits any more, so
   * that a request that was not sent yet is not sent.
   */
  async ask<T>(ask: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
    const abandoned = new AbortController();
    try {
      return await this.wait(ask(abandoned.signal));
    } catch (error) {
      abandoned.abort(error);
      throw error;
    }
  }

  /** Stops waiting: all requests without an answer reject. */
  giveUp(): void {
    for (const giveUp of this.#waits) giveUp();
  }
}

/** Lets the process end while it only waits for this timer. */
export function unref(timer: unknown): void {
  (Object(timer) as { unref?: () => void }).unref?.();
}
