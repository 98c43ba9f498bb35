import type { Clock } from '@highway/resilience';

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** Virtual time that jumps from one event to the next. */
export class VirtualTime implements Clock {
  #now = 0;
  #order = 0;
  /** A binary heap of events. */
  readonly #planned: Planned[] = [];

  now(): number {
    return this.#now;
  }

  /** Schedules something in `ms`. */
  after(ms: number, happen: () => void): void {
    const event = { at: this.#now + ms, order: this.#order++, happen };
    const heap = this.#planned;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  /** Runs all events up to a time. */
  runUntil(at: number): void {
    while (this.#planned.length > 0 && this.#planned[0]!.at <= at) {
      const next = this.#takeFirst();
      this.#now = next.at;
      next.happen();
    }
    this.#now = at;
  }

  setTimeout(): never {
    throw new Error('A breaker sets no timer');
  }

  clearTimeout(): never {
    throw new Error('A breaker sets no timer');
  }

  #takeFirst(): Planned {
    const heap = this.#planned;
    const first = heap[0]!;
    const last = heap.pop()!;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    if (heap.length > 0) heap[place] = last;
    return first;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
