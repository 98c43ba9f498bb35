import type { Settlement } from '../store.ts';

/** What a node has to tell the store of its test places. */
export interface PlaceNews {
  readonly begun: readonly number[];
  readonly settled: readonly Settlement[];
}

/** The test places that a node holds, by their fencing numbers. */
export class HeldPlaces {
  readonly #free: { readonly fence: number; readonly deadline: number }[] = [];
  /** By fencing number, when the call began. */
  readonly #running = new Map<number, number>();
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
      if (now >= place.deadline) {
        this.#giveBack(place.fence);
        continue;
      }
      this.#running.set(place.fence, now);
      this.#begun.push(place.fence);
      return place.fence;
    }
  }

  /** When the call in a place began. */
  begunAt(fence: number): number | undefined {
    return this.#running.get(fence);
  }

  /** A call has ended; false where its place means nothing any more. */
  settle(fence: number, outcome: Settlement['outcome']): boolean {
    if (!this.#running.delete(fence)) return false;
    this.#settled.push({ fence, outcome });
    return true;
  }

  /** Gives back the places that no call has used in time. */
  giveBackUnused(now: number): void {
    while (this.#free[0] !== undefined && now >= this.#free[0].deadline) {
      this.#giveBack(this.#free.shift()!.fence);
    }
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

  /** No call may begin any more. What is known of those that have begun can still be told. */
  close(): void {
    this.#free.length = 0;
    this.#running.clear();
  }

  /** The state has passed: the places mean nothing any more. */
  clear(): void {
    this.close();
    this.takeNews();
  }

  #giveBack(fence: number): void {
    this.#settled.push({ fence, outcome: 'release' });
  }
}
