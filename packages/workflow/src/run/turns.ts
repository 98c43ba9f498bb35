import type { Clock } from '@highway/resilience';

/** Somebody's turn, or their place in the line for it. */
export interface Turn {
  /** Resolves once it is their turn, or they have left. */
  readonly come: Promise<void>;
  /** Gives it back, or leaves the line. */
  leave(): void;
}

/**
 * Gives turns, one at a time, first come, first served. A turn that takes longer than `longestMs` goes
 * on beside the next one: nobody waits for ever.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #line: (() => void)[] = [];
  #current: (() => void) | undefined = undefined;
  #timer: unknown = undefined;
  #closed = false;

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
  }

  /** Whether a turn would begin at once. */
  get isFree(): boolean {
    return this.#current === undefined;
  }

  /** Gets in line. */
  take(): Turn {
    let resolve!: () => void;
    const come = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
    this.#line.push(resolve);
    if (this.#closed) this.close();
    else if (this.isFree) this.#next();
    const leave = (): void => {
      const place = this.#line.indexOf(resolve);
      if (place !== -1) this.#line.splice(place, 1);
      if (this.#current === resolve) this.#next();
      resolve();
    };
    return { come, leave };
  }

  /** Gives no turns any more: those in line go on at once, and no timer is left. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#closed = true;
    for (const resolve of this.#line.splice(0)) resolve();
  }

  #next(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#current = this.#line.shift();
    if (this.#current === undefined || this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#next();
    }, this.#longestMs);
    this.#current();
  }
}
