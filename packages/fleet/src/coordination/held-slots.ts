import type { TrialSettlement } from '../store.ts';

/** What a node has to report to the store about its trial slots. */
export interface SlotReport {
  readonly begun: readonly number[];
  readonly settled: readonly TrialSettlement[];
}

/** The trial slots that a node holds, by their fencing numbers. */
export class HeldSlots {
  readonly #unused: { readonly fence: number; readonly deadline: number }[] = [];
  /** When the call of each slot began, by fencing number. */
  readonly #running = new Map<number, number>();
  #begun: number[] = [];
  #settled: TrialSettlement[] = [];

  /** Adds slots that the store granted; a call must begin before the deadline. */
  add(fences: readonly number[], deadline: number): void {
    for (const fence of fences) this.#unused.push({ fence, deadline });
  }

  /** Whether there is an unused slot for a call now. */
  hasUnused(now: number): boolean {
    return this.#unused.some(({ deadline }) => now < deadline);
  }

  /** Begins a call in a slot. Returns the slot's fencing number, or `undefined` if there is none. */
  begin(now: number): number | undefined {
    for (;;) {
      const slot = this.#unused.shift();
      if (slot === undefined) return undefined;
      if (now >= slot.deadline) {
        this.#return(slot.fence);
        continue;
      }
      this.#running.set(slot.fence, now);
      this.#begun.push(slot.fence);
      return slot.fence;
    }
  }

  /** When the call in a slot began. */
  begunAt(fence: number): number | undefined {
    return this.#running.get(fence);
  }

  /** Settles the slot of a call that has ended. Returns false if the slot no longer counts. */
  settle(fence: number, outcome: TrialSettlement['outcome']): boolean {
    if (!this.#running.delete(fence)) return false;
    this.#settled.push({ fence, outcome });
    return true;
  }

  /** Returns the slots that no call has used in time. */
  returnUnused(now: number): void {
    while (this.#unused[0] !== undefined && now >= this.#unused[0].deadline) {
      this.#return(this.#unused.shift()!.fence);
    }
  }

  /** Takes the report out. If it does not arrive, put it back. */
  takeReport(): SlotReport {
    const report = { begun: this.#begun, settled: this.#settled };
    this.#begun = [];
    this.#settled = [];
    return report;
  }

  putBack({ begun, settled }: SlotReport): void {
    this.#begun.unshift(...begun);
    this.#settled.unshift(...settled);
  }

  /** Lets no more calls begin. What is known about begun calls can still be reported. */
  close(): void {
    this.#unused.length = 0;
    this.#running.clear();
  }

  /** Forgets everything: the state has passed, and the slots no longer count. */
  clear(): void {
    this.close();
    this.takeReport();
  }

  #return(fence: number): void {
    this.#settled.push({ fence, outcome: 'release' });
  }
}
