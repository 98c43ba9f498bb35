import type { Clock } from '../../seams/clock.ts';
import type { Scope } from '../../pipeline/scope.ts';
import { yieldToTimers, sleep } from '../../pipeline/sleep.ts';

/** How many retries in a row may follow each other without a delay before the host's timers get a turn. */
export const maxRetriesInRow = 100;
/** The same, if these retries have taken longer than `longestRunMs`. */
const minRetriesInRow = 10;
const longestRunMs = 10;

/**
 * The waits between the attempts of one call. Retries without a delay follow each other in microtasks, and
 * no timer fires before these end: neither a timeout around the retry nor anything else in the program would
 * get a turn. So after a number of such retries, or some time, the next one waits for the host's timers.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #scope: Scope | undefined;
  #inRow = 0;
  #since = Number.NaN;

  constructor(clock: Clock, scope: Scope | undefined) {
    this.#clock = clock;
    this.#scope = scope;
  }

  /** Waits. Rejects with the scope's reason if the scope is cancelled. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) {
      this.#inRow = 0;
      await sleep(this.#clock, ms, this.#scope);
    } else if (this.#isDue()) {
      this.#inRow = 0;
      await yieldToTimers(this.#clock, this.#scope);
    } else if (this.#scope?.aborted === true) {
      throw this.#scope.reason;
    }
  }

  #isDue(): boolean {
    if (this.#inRow === 0) this.#since = this.#clock.now();
    this.#inRow++;
    if (this.#inRow < minRetriesInRow) return false;
    return this.#inRow > maxRetriesInRow || this.#clock.now() - this.#since >= longestRunMs;
  }
}
