import type { JournalRecord } from '../records/journal-record.ts';
import type { StoredValue } from '../records/stored-value.ts';

/**
 * What the engine needs of a durable journal, for one run. Each operation takes the next position in
 * the journal; a replay returns what that position holds, and runs nothing.
 *
 * Not an extension point: one implementation uses DBOS, and one keeps everything in memory for tests,
 * which can cut it off after any write.
 */
export interface Journal {
  readonly runId: string;
  /**
   * Runs `body`, records its result, and returns that as the journal restores it. `body` must not
   * throw: an error from it is not the step's outcome but the end of this execution.
   */
  step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord>;
  /** Waits for a message on the topic; returns `undefined` after the timeout. */
  receive(topic: string, timeoutMs: number): Promise<JournalRecord | undefined>;
  /** Publishes a value under a key. */
  publish(key: string, record: JournalRecord): Promise<void>;
  /** Whether the run reached this position for the first time after the change of that name. */
  patched(name: string): Promise<boolean>;
}

/** Starts child runs and waits for them. Used only inside of journal entries. */
export interface ChildRunStarter {
  /**
   * Puts a run into its queue; the same id twice is one run. Rejects with `ERR_INPUT` or
   * `ERR_NOT_SERIALIZABLE` if the workflow doesn't accept the input.
   */
  enqueue(workflow: string, id: string, input: unknown): Promise<void>;
  /** Waits until at least one of the runs has ended, and returns those that have. */
  waitForAny(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]>;
  /** Cancels runs and their child runs. Runs that have ended stay as they are. */
  cancel(ids: readonly string[]): Promise<void>;
}

/** A run that has ended, with its outcome. */
export type EndedRun =
  | { readonly id: string; readonly ok: true; readonly value: StoredValue }
  | { readonly id: string; readonly ok: false; readonly error: unknown };

/**
 * Is thrown if an execution must end without an outcome: the process is stopping, or the run was
 * cancelled or taken over by another worker. Nothing is recorded, compensated or reported.
 */
export class Interruption extends Error {
  static {
    this.prototype.name = 'Interruption';
  }
}

/** The result of an operation in an execution that must neither continue nor have an outcome. */
export function neverSettles(): Promise<never> {
  return new Promise(() => undefined);
}
