import type { Clock } from '@highway/resilience';
import { clockOption, readOptions } from '@highway/resilience/options';
import { mergeMessage } from '../coordination/merge.ts';
import { viewOf } from '../coordination/view.ts';
import { freshRecord } from '../coordination/record.ts';
import type { CircuitRecord } from '../coordination/record.ts';
import type { Change, CircuitMessage, CircuitReply, CircuitView, FleetStore } from '../store.ts';

/** Options of a `MemoryStore`. */
export interface MemoryStoreOptions {
  /** Where it takes its time from. Default: the system's. */
  readonly clock?: Clock | undefined;
}

let generations = 0;

/**
 * A store within one process: for tests, and for several fleets in one process. What it holds is
 * lost with the process.
 */
export class MemoryStore implements FleetStore {
  readonly #clock: Clock;
  readonly #records = new Map<string, CircuitRecord>();
  readonly #listeners = new Set<(change: Change) => void>();

  /** Throws a `TypeError` that names the option for any that is bad or unknown. */
  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = readOptions('MemoryStore', options, { clock: clockOption }).clock;
  }

  exchange(messages: readonly CircuitMessage[]): Promise<readonly CircuitReply[]> {
    const now = this.#clock.now();
    const merged = messages.map((message) =>
      mergeMessage(this.#record(message.circuit, now), message, now),
    );
    for (const { changes } of merged) for (const change of changes) this.#tell(change);
    return Promise.resolve(merged.map(({ reply }) => reply));
  }

  subscribe(listener: (change: Change) => void): Promise<() => Promise<void>> {
    const entry = (change: Change): void => {
      listener(change);
    };
    this.#listeners.add(entry);
    return Promise.resolve(() => {
      this.#listeners.delete(entry);
      return Promise.resolve();
    });
  }

  view(): Promise<readonly CircuitView[]> {
    const now = this.#clock.now();
    return Promise.resolve(
      Array.from(this.#records, ([name, record]) => viewOf(record, name, now)),
    );
  }

  /** Forgets everything, as a server that is restarted without its data. */
  clear(): void {
    this.#records.clear();
  }

  #record(circuit: string, now: number): CircuitRecord {
    let record = this.#records.get(circuit);
    if (record === undefined) {
      record = freshRecord(`memory-${String(++generations)}`, now);
      this.#records.set(circuit, record);
    }
    return record;
  }

  #tell(change: Change): void {
    // As over a network: never within the exchange that caused it.
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        listener(change);
      });
    }
  }
}
