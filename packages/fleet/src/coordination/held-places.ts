import type { Settlement } from '../store.ts';

/** What a node has to tell the store of its test places. */
export interface PlaceNews {
  readonly begun: readonly number[];
  readonly settled: readonly Settlement[];
}

/** The test places that a node holds, by their fencing numbers. */
export class HeldPlaces {
  readonly #free: { readonly fence: number; readonly deadline: number }[] = [];
  readonly #running = new Set<number>();
  #begun: number[] = [];
  #settled: Settlement[] = [];

  /** Takes places that the store gave; a call must begin before the deadline. */
  add(fences: readonly number[], deadline: number): void {
    for (const fence of fences) this.#free.push({ fence, deadline });
  }

  /** Whether there is a place for a call now. */
  hasFree(now: number): boolean {
    return this.#free.some(({ deadline }) => now < deadline);
  }

  /** Begins a call in a place; its number, or `undefined` where there is none. */
  begin(now: number): number | undefined {
    for (;;) {
      const place = this.#free.shift();
      if (place === undefined) return undefined;
      // The store gives it to somebody else now: it must not be used any more.
      if (now >= place.deadline) continue;
      this.#running.add(place.fence);
      this.#begun.push(place.fence);
      return place.fence;
    }
  }

  /** A call has ended; false where its place means nothing any more. */
  settle(fence: number, outcome: Settlement['outcome']): boolean {
    if (!this.#running.delete(fence)) return false;
    this.#settled.push({ fence, outcome });
    return true;
  }

  /** What is to be told; it is taken out, to be put back if it doesn't arrive. */
  takeNews(): PlaceNews {
    const news = { begun: this.#begun, settled: this.#settled };
    this.#begun = [];
    this.#settled = [];
    return news;
  }

  putBack({ begun, settled }: PlaceNews): void {
    this.#begun.unshift(...begun);
    this.#settled.unshift(...settled);
  }

  /** The state has passed: the places mean nothing any more. */
  clear(): void {
    this.#free.length = 0;
    this.#running.clear();
    this.takeNews();
  }
}
