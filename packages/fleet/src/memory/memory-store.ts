import type { Clock } from '@highway/resilience';
import { clockOption, readOptions } from '@highway/resilience/options';
import { LiveProcesses } from '../coordination/live-processes.ts';
import { mergeMessage } from '../coordination/merge.ts';
import { viewOf } from '../coordination/view.ts';
import { freshRecord } from '../coordination/record.ts';
import type { CircuitRecord } from '../coordination/record.ts';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  UnchangedReply,
} from '../store.ts';

/** Options of a `MemoryStore`. */
export interface MemoryStoreOptions {
  /** The clock. Tests inject their own. Default: the system's. */
  readonly clock?: Clock | undefined;
}

let generations = 0;

/**
 * A store within one process, for tests and for several fleets in one process. Its data is lost with the
 * process.
 */
export class MemoryStore implements FleetStore {
  readonly #clock: Clock;
  readonly #records = new Map<string, CircuitRecord>();
  readonly #processes = new LiveProcesses();
  readonly #listeners = new Set<(notice: Notice) => void>();

  /** Throws a `TypeError` that names the option if one is invalid or unknown. */
  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = readOptions('MemoryStore', options, { clock: clockOption }).clock;
  }

  exchange(
    messages: readonly CircuitMessage[],
  ): Promise<readonly (CircuitReply | UnchangedReply)[]> {
    const now = this.#clock.now();
    const merged = this.#processes
      .heard(messages, now)
      .map((message) => mergeMessage(this.#record(message.circuit, now), message, now));
    for (const { notices } of merged) for (const notice of notices) this.#notify(notice);
    return Promise.resolve(merged.map(({ reply }) => reply));
  }

  subscribe(listener: (notice: Notice) => void): Promise<() => Promise<void>> {
    const entry = (notice: Notice): void => {
      listener(notice);
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
      Array.from(this.#records, ([name, record]) => viewOf(record, name, now, this.#processes)),
    );
  }

  /** Deletes everything, like a server that restarts without its data. */
  clear(): void {
    this.#records.clear();
    this.#processes.clear();
  }

  #record(circuit: string, now: number): CircuitRecord {
    let record = this.#records.get(circuit);
    if (record === undefined) {
      record = freshRecord(`memory-${String(++generations)}`, now);
      this.#records.set(circuit, record);
    }
    return record;
  }

  #notify(notice: Notice): void {
    // As over a network: never during the exchange that caused it.
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        listener(notice);
      });
    }
  }
}
