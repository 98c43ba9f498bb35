import type { Clock } from '../seams/clock.ts';
import { Alarm } from './alarm.ts';
import { Heap } from './heap.ts';
import type { HeapNode } from './heap.ts';

/** Something that expires at a time unless it is removed before. */
export interface Deadline extends HeapNode {
  /** When, on the monotonic clock. */
  readonly at: number;
  /** Called once, at that time. */
  expire(): void;
}

const settled = Promise.resolve();
const earlier = (a: Deadline, b: Deadline): boolean => a.at < b.at;

/**
 * Deadlines that share one timer. While there are no deadlines, no timer is set.
 *
 * Setting a timer costs more than a call that ends at once, so the first deadline sets it only after the
 * microtasks have run; a second one sets it at once. No timer could fire in between. If the clock has passed
 * the deadline by then, as a test's clock may, it expires immediately.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap = new Heap<Deadline>(earlier);
  readonly #alarm: Alarm;
  /** The deadline whose timer is not set yet. */
  #deferred: Deadline | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => {
      this.#expireDue();
    });
  }

  add(deadline: Deadline, now: number): void {
    this.#heap.add(deadline);
    if (this.#heap.size > 1) this.#arm(now);
    else this.#armSoon(deadline);
  }

  /** Removes a deadline; does nothing if it is gone already. */
  remove(deadline: Deadline): void {
    this.#heap.remove(deadline);
    if (this.#heap.size === 0) this.#alarm.clear();
  }

  #armSoon(deadline: Deadline): void {
    if (this.#deferred !== undefined) return;
    this.#deferred = deadline;
    // Two microtasks: a function that settles at once removes its deadline in the first.
    void settled.then(undefined).then(this.#armNow);
  }

  readonly #armNow = (): void => {
    const gone = this.#deferred!.index < 0;
    this.#deferred = undefined;
    // Calls follow each other closely: the current deadline came later and is deferred in its turn.
    // Otherwise, every other call would set a timer.
    if (gone && this.#heap.size === 1) this.#armSoon(this.#heap.first!);
    else if (this.#heap.size > 0) this.#expireDue();
  };

  /** Sets the timer, unless one is set for an earlier time. */
  #arm(now: number): void {
    const { at } = this.#heap.first!;
    if (at < this.#alarm.at) this.#alarm.set(at, now);
  }

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
    this.#alarm.clear();
  }
}
