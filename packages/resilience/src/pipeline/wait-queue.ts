import type { GatedAttempt } from './stage.ts';

/** An attempt that waits for its turn: a node of a `WaitQueue`. */
export class Waiter {
  readonly gated: GatedAttempt;
  /** When it started to wait; `NaN` if it did not, or if nobody needs to know. */
  queuedAt: number = Number.NaN;
  /** How long it waited, in ms; 0 if it did not, `undefined` if not known. */
  waited: number | undefined = 0;
  /** The queue that it is in; `undefined` once it has left. */
  queue: WaitQueue | undefined = undefined;
  previous: Waiter | undefined = undefined;
  next: Waiter | undefined = undefined;

  constructor(gated: GatedAttempt) {
    this.gated = gated;
  }

  get callId(): number {
    return this.gated.callId;
  }
}

/** Waiters, first come, first served. Each can leave from anywhere in constant time. */
export class WaitQueue {
  length = 0;
  first: Waiter | undefined = undefined;
  #last: Waiter | undefined = undefined;

  add(waiter: Waiter): void {
    const last = this.#last;
    waiter.queue = this;
    waiter.previous = last;
    if (last === undefined) this.first = waiter;
    else last.next = waiter;
    this.#last = waiter;
    this.length++;
  }

  /** Removes a waiter; does nothing if it has left already. */
  remove(waiter: Waiter): void {
    if (waiter.queue !== this) return;
    const { previous, next } = waiter;
    waiter.queue = waiter.previous = waiter.next = undefined;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    this.length--;
  }
}
