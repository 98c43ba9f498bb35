import type { Clock } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import type { EndedRun } from '../engine/journal/journal.ts';
import { isTransient } from './database-errors.ts';
import { runDetached } from '../detached.ts';

/** Queries which of the runs have ended. */
export type EndedQuery = (ids: readonly string[]) => Promise<readonly EndedRun[]>;

interface Watcher {
  readonly ids: ReadonlySet<string>;
  resolve(ended: readonly EndedRun[]): void;
  reject(error: unknown): void;
}

// After a run has ended in this process, the first query follows at once, and the next ones less and
// less often, since its outcome is on record a moment later. All other runs are polled once a second.
const shortestDelayMs = 4;
const longestDelayMs = 1_000;

/**
 * Waits for runs to end, with one query for all waiting callers. Holds one timer while anyone waits, and
 * none otherwise.
 */
export class RunWatcher {
  readonly #clock: Clock;
  readonly #query: EndedQuery;
  readonly #watchers = new Set<Watcher>();
  #timer: unknown = undefined;
  #delayMs = longestDelayMs;
  #isQuerying = false;
  #closed = false;

  constructor(clock: Clock, query: EndedQuery) {
    this.#clock = clock;
    this.#query = query;
  }

  /** Resolves with the runs that have ended once there is one; with none if the signal aborts. */
  waitForAny(ids: readonly string[], signal?: AbortSignal): Promise<readonly EndedRun[]> {
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
      // The run may have ended already.
      this.#querySoon();
    });
  }

  /** A run of this process is about to end. */
  runEnds(id: string): void {
    for (const { ids } of this.#watchers) {
      if (!ids.has(id)) continue;
      this.#querySoon();
      return;
    }
  }

  /** Stops querying; rejects what still waits. */
  close(): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.reject(stopped());
  }

  #querySoon(): void {
    if (this.#delayMs === shortestDelayMs && (this.#timer !== undefined || this.#isQuerying))
      return;
    this.#delayMs = shortestDelayMs;
    if (!this.#isQuerying) this.#schedule();
  }

  #schedule(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#watchers.size === 0) return;
    this.#timer = runDetached(() =>
      this.#clock.setTimeout(() => {
        this.#timer = undefined;
        void this.#runQuery();
      }, this.#delayMs),
    );
  }

  async #runQuery(): Promise<void> {
    this.#isQuerying = true;
    this.#delayMs = Math.min(longestDelayMs, this.#delayMs * 2);
    const watchers = [...this.#watchers];
    try {
      const ids = new Set(watchers.flatMap((watcher) => [...watcher.ids]));
      this.#resolve(watchers, await this.#query([...ids]));
    } catch (error) {
      // The runs are not affected; the next query asks again.
      if (!isTransient(error)) for (const watcher of watchers) watcher.reject(error);
    }
    this.#isQuerying = false;
    this.#schedule();
  }

  #resolve(watchers: readonly Watcher[], ended: readonly EndedRun[]): void {
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
    'Stopped waiting: the Highway was stopped, or the client closed. The run continues elsewhere or later',
  );
}
