import type { JournalRecord } from '../records/journal-record.ts';
import type { Stored } from '../records/stored.ts';

/**
 * What the engine needs of a durable journal, for one run. Each operation takes the next place in
 * the journal; on a replay it gives what that place holds, and runs nothing.
 *
 * Not an extension point: there is one for DBOS, and one in memory for tests, which can be cut after
 * any write.
 */
export interface Journal {
  readonly runId: string;
  /**
   * Runs `body`, records what it gives, and gives that, as it comes back from the journal. `body`
   * must not throw: what it throws is not the step's outcome but the end of this execution.
   */
  step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord>;
  /** Waits for a message on the topic; `undefined` once the time is over. */
  receive(topic: string, timeoutMs: number): Promise<JournalRecord | undefined>;
  /** Publishes a value under a key, for others to read. */
  publish(key: string, record: JournalRecord): Promise<void>;
  /** Whether the run began with, or after, the change of code of that name. */
  patched(name: string): Promise<boolean>;
}

/** What the engine needs of other runs; used inside steps only. */
export interface Runs {
  /**
   * Puts a run into its queue; the same id twice is one run. Rejects with `ERR_INPUT` or
   * `ERR_NOT_SERIALIZABLE` where the workflow doesn't take the input.
   */
  enqueue(workflow: string, id: string, input: unknown): Promise<void>;
  /** Waits for the end of any of the runs, and gives those that have ended. */
  ended(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]>;
  /** Stops runs, and their children; those that have ended stay as they are. */
  cancel(ids: readonly string[]): Promise<void>;
}

/** A run that has ended, with its outcome. */
export type EndedRun =
  | { readonly id: string; readonly ok: true; readonly value: Stored }
  | { readonly id: string; readonly ok: false; readonly error: unknown };

/**
 * Thrown where an execution must end without an outcome: the process is stopping, or the run was
 * cancelled or belongs to another worker by now. Nothing is recorded, compensated or reported.
 */
export class Interruption extends Error {
  static {
    this.prototype.name = 'Interruption';
  }
}

/** What an execution goes on with that must neither go on nor have an outcome. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
