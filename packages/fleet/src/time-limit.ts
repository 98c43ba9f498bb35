import type { Clock } from '@highway/resilience';
import { StoreTimeoutError } from './errors.ts';

/** Waits for a store, but no longer than it may take. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #waits = new Set<() => void>();

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  /** Gives what was asked for; rejects with a `StoreTimeoutError` if that takes too long. */
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
   * Asks for something and waits as `wait` does. The signal is aborted as soon as nobody waits any
   * more, so that what has not been sent yet is not sent.
   */
  async ask<T>(ask: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
    const nobodyWaits = new AbortController();
    try {
      return await this.wait(ask(nobodyWaits.signal));
    } catch (error) {
      nobodyWaits.abort(error);
      throw error;
    }
  }

  /** Waits for nothing any more: what has no answer by now gets none. */
  giveUp(): void {
    for (const giveUp of this.#waits) giveUp();
  }
}

/** A process that has nothing else to do may end: waiting alone does not keep it alive. */
export function unref(timer: unknown): void {
  (Object(timer) as { unref?: () => void }).unref?.();
}
