import type { Clock } from '../../seams/clock.ts';
import type { Scope } from '../../pipeline/scope.ts';
import { giveWay, sleep } from '../../pipeline/sleep.ts';

/** So many retries in a row may come without a wait; then the host's timers have their turn. */
export const maxRetriesInRow = 100;
/** As few as these where they have taken longer than `longestRunMs`, in ms. */
const minRetriesInRow = 10;
const longestRunMs = 10;

/**
 * The waits of one call. Retries without any follow each other in microtasks, before which no timer
 * fires: neither the timeout around them nor anything else of the program would ever get its turn.
 * So after a number of them, or some time, one waits for the host's timers.
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

  /** Waits; rejects with the scope's reason when that is cancelled. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) {
      this.#inRow = 0;
      await sleep(this.#clock, ms, this.#scope);
    } else if (this.#isDue()) {
      this.#inRow = 0;
      await giveWay(this.#clock, this.#scope);
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
