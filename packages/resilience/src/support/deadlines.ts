import { longestTimerMs } from '../seams/clock.ts';
import type { Clock } from '../seams/clock.ts';
import { Heap } from './heap.ts';
import type { HeapNode } from './heap.ts';

/** Something that ends at a time unless it is removed before. */
export interface Deadline extends HeapNode {
  /** When, on the monotonic clock. */
  readonly at: number;
  /** Called once, when that time has come. */
  expire(): void;
}

const settled = Promise.resolve();
const earlier = (a: Deadline, b: Deadline): boolean => a.at < b.at;

/**
 * Deadlines that share one armed timer, and hold none while there are none.
 *
 * Setting a timer costs more than a call that ends at once, so the first deadline arms it only when
 * the microtasks have had their turn; the second does it straight away. No timer could fire in
 * between, and if the clock has passed the deadline by then (a test's clock may), it expires there
 * and then.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap = new Heap<Deadline>(earlier);
  #timer: unknown = undefined;
  #armedFor = Infinity;
  /** The deadline that arming was put off for. */
  #putOffFor: Deadline | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(deadline: Deadline, now: number): void {
    this.#heap.add(deadline);
    if (this.#heap.size > 1) this.#arm(now);
    else this.#armSoon(deadline);
  }

  /** Removes a deadline; one that is gone already is fine. */
  remove(deadline: Deadline): void {
    this.#heap.remove(deadline);
    if (this.#heap.size === 0) this.#disarm();
  }

  #armSoon(deadline: Deadline): void {
    if (this.#putOffFor !== undefined) return;
    this.#putOffFor = deadline;
    // Two turns: a function that settles at once is heard in the first.
    void settled.then(undefined).then(this.#armNow);
  }

  readonly #armNow = (): void => {
    const gone = this.#putOffFor!.index < 0;
    this.#putOffFor = undefined;
    // Calls that follow each other at once: the deadline that is there now came later, and is
    // put off anew, or every other call would set a timer.
    if (gone && this.#heap.size === 1) this.#armSoon(this.#heap.first!);
    else if (this.#heap.size > 0) this.#expireDue();
  };

  /** Sets the timer, unless one is set for an earlier time. */
  #arm(now: number): void {
    const first = this.#heap.first!;
    if (first.at >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = first.at;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#armedFor = Infinity;
        this.#expireDue();
      },
      Math.min(first.at - now, longestTimerMs),
    );
  }

  #disarm(): void {
    if (this.#armedFor === Infinity) return;
    this.#armedFor = Infinity;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Timers may fire early by a fraction of a millisecond, so the clock decides what is due. */
  #expireDue(): void {
    const now = this.#clock.now();
    for (let first = this.#heap.first; first !== undefined; first = this.#heap.first) {
      if (first.at > now) {
        this.#arm(now);
        return;
      }
      this.#heap.remove(first);
      first.expire();
    }
    this.#disarm();
  }
}
