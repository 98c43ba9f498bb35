import type { Arrival } from './arrival.ts';
import { rankOf } from './arrival.ts';

/** Who waits to be admitted: a line for each priority, the first come at its head. */
export class Lines {
  length = 0;
  readonly #lines: readonly Arrival[][] = [[], [], [], []];

  add(arrival: Arrival): void {
    this.#lines[rankOf(arrival)]!.push(arrival);
    this.length++;
  }

  /** The first one of each line, the most important first, for as long as it is taken; then that of the next line. */
  *heads(): Generator<Arrival, void, undefined> {
    for (const line of this.#lines) {
      let last: Arrival | undefined = undefined;
      for (let head = line[0]; head !== undefined && head !== last; head = line[0]) {
        last = head;
        yield head;
      }
    }
  }

  /** Takes out the first one of its line. */
  take(head: Arrival): void {
    this.#lines[rankOf(head)]!.shift();
    this.length--;
  }

  /** Takes out all for whom `leaves` returns true. */
  removeWhere(leaves: (arrival: Arrival) => boolean): void {
    for (const line of this.#lines) {
      let kept = 0;
      for (const arrival of line) if (!leaves(arrival)) line[kept++] = arrival;
      this.length -= line.length - kept;
      line.length = kept;
    }
  }

  /** The smallest of these numbers; `Infinity` if nobody waits. */
  earliest(of: (arrival: Arrival) => number): number {
    let least = Infinity;
    for (const line of this.#lines) {
      for (const arrival of line) least = Math.min(least, of(arrival));
    }
    return least;
  }
}
