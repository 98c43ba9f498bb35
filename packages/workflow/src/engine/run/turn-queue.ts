import type { Clock } from '@highway/resilience';

/** A turn, or a position in the queue for it. */
export interface Turn {
  /** Whether the turn began at once. */
  readonly isImmediate: boolean;
  /** Resolves when the turn begins, or when its owner leaves the queue. */
  readonly begun: Promise<void>;
  /** Ends the turn, or leaves the queue. */
  leave(): void;
}

/**
 * Gives out turns one at a time, first come, first served. A turn that takes longer than `maxTurnMs`
 * continues alongside the next one, so that nobody waits forever.
 */
export class TurnQueue {
  readonly #clock: Clock;
  readonly #maxTurnMs: number;
  readonly #queue: (() => void)[] = [];
  #current: (() => void) | undefined = undefined;
  #timer: unknown = undefined;
  #closed = false;

  constructor(clock: Clock, maxTurnMs: number) {
    this.#clock = clock;
    this.#maxTurnMs = maxTurnMs;
  }

  /** Whether a turn would begin at once. */
  get isFree(): boolean {
    return this.#current === undefined;
  }

  /** Joins the queue. */
  join(): Turn {
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    this.#queue.push(begin);
    if (this.#closed) this.close();
    else if (this.isFree) this.#beginNext();
    const isImmediate = this.#current === begin;
    const leave = (): void => {
      const position = this.#queue.indexOf(begin);
      if (position !== -1) this.#queue.splice(position, 1);
      if (this.#current === begin) this.#beginNext();
      begin();
    };
    return { isImmediate, begun, leave };
  }

  /** Stops queueing: everyone in the queue continues at once, and no timer is left. */
  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#closed = true;
    for (const begin of this.#queue.splice(0)) begin();
  }

  #beginNext(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#current = this.#queue.shift();
    if (this.#current === undefined || this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#beginNext();
    }, this.#maxTurnMs);
    this.#current();
  }
}
