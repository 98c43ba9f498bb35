import type { Clock } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import type { EndedRun } from '../journal/journal.ts';
import { mayPass } from './database-errors.ts';
import { outside } from '../outside.ts';

/** Asks the database which of the runs have ended. */
export type EndedQuery = (ids: readonly string[]) => Promise<readonly EndedRun[]>;

interface Watcher {
  readonly ids: ReadonlySet<string>;
  resolve(ended: readonly EndedRun[]): void;
  reject(error: unknown): void;
}

// A run that ends in this process is asked about at once, and then less and less often, since its
// outcome is on record a moment later. Others are asked about once a second: one question for all.
const soonMs = 4;
const seldomMs = 1_000;

/**
 * Waits for runs to end: one query for all who wait, however many they are. Holds one timer while
 * somebody waits, and none otherwise.
 */
export class RunWatch {
  readonly #clock: Clock;
  readonly #query: EndedQuery;
  readonly #watchers = new Set<Watcher>();
  #timer: unknown = undefined;
  #delay = seldomMs;
  #asking = false;
  #closed = false;

  constructor(clock: Clock, query: EndedQuery) {
    this.#clock = clock;
    this.#query = query;
  }

  /** Resolves with those of the runs that have ended, once there are any; with none on an abort. */
  ended(ids: readonly string[], signal?: AbortSignal): Promise<readonly EndedRun[]> {
    if (this.#closed) return Promise.reject(stopped());
    if (signal?.aborted === true) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#watchers.delete(watcher);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        resolve([]);
      };
      const watcher: Watcher = {
        ids: new Set(ids),
        resolve: (ended) => {
          leave();
          resolve(ended);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#watchers.add(watcher);
      // It may have ended before.
      this.#hurry();
    });
  }

  /** A run of this process is about to end. */
  nudge(id: string): void {
    for (const { ids } of this.#watchers) {
      if (!ids.has(id)) continue;
      this.#hurry();
      return;
    }
  }

  /** Asks no more; those who still wait are told. */
  close(): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.reject(stopped());
  }

  #hurry(): void {
    if (this.#delay === soonMs && (this.#timer !== undefined || this.#asking)) return;
    this.#delay = soonMs;
    if (!this.#asking) this.#schedule();
  }

  #schedule(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#watchers.size === 0) return;
    this.#timer = outside(() =>
      this.#clock.setTimeout(() => {
        this.#timer = undefined;
        void this.#ask();
      }, this.#delay),
    );
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#delay = Math.min(seldomMs, this.#delay * 2);
    const watchers = [...this.#watchers];
    try {
      const ids = new Set(watchers.flatMap((watcher) => [...watcher.ids]));
      this.#tell(watchers, await this.#query([...ids]));
    } catch (error) {
      // The runs go on, or will; whether they have ended is asked again.
      if (!mayPass(error)) for (const watcher of watchers) watcher.reject(error);
    }
    this.#asking = false;
    this.#schedule();
  }

  #tell(watchers: readonly Watcher[], ended: readonly EndedRun[]): void {
    if (ended.length === 0) return;
    const byId = new Map(ended.map((run) => [run.id, run]));
    for (const watcher of watchers) {
      const own = [...watcher.ids].flatMap((id) => byId.get(id) ?? []);
      if (own.length > 0) watcher.resolve(own);
    }
  }
}

function stopped(): WorkflowError {
  return new WorkflowError(
    'ERR_NOT_STARTED',
    'The Highway was stopped; the run goes on elsewhere, or later',
  );
}
