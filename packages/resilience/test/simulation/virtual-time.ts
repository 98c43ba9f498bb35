import type { Clock } from '../../src/seams/clock.ts';
import { Heap } from '../../src/support/heap.ts';

/** Something that happens at a time; of two at the same time the earlier planned comes first. */
class Planned {
  index = -1;
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;

  constructor(at: number, order: number, happen: () => void) {
    this.at = at;
    this.order = order;
    this.happen = happen;
  }
}

/** Time that jumps from one event to the next: an hour takes as long as its events. */
export class VirtualTime implements Clock {
  #now = 0;
  #order = 0;
  readonly #planned = new Heap<Planned>((a, b) =>
    a.at === b.at ? a.order < b.order : a.at < b.at,
  );

  now(): number {
    return this.#now;
  }

  /** Plans something for `ms` from now. */
  after(ms: number, happen: () => void): void {
    this.#planned.add(new Planned(this.#now + ms, this.#order++, happen));
  }

  /** Plans something for every `ms`. */
  every(ms: number, happen: () => void): void {
    this.after(ms, () => {
      happen();
      this.every(ms, happen);
    });
  }

  /** Lets everything happen up to a time. */
  runUntil(at: number): void {
    for (let next = this.#planned.first; next && next.at <= at; next = this.#planned.first) {
      this.#planned.remove(next);
      this.#now = next.at;
      next.happen();
    }
    this.#now = at;
  }

  setTimeout(): never {
    throw new Error('An adaptive policy sets no timer');
  }

  clearTimeout(): never {
    throw new Error('An adaptive policy sets no timer');
  }
}
