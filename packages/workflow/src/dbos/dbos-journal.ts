import { DBOS } from '@dbos-inc/dbos-sdk';
import { Interruption, neverSettles } from '../engine/journal/journal.ts';
import type { Journal } from '../engine/journal/journal.ts';
import type { JournalRecord } from '../engine/records/journal-record.ts';
import { messageOf, WorkflowError } from '../errors.ts';
import { isDatabaseFailure } from './database-errors.ts';
import {
  DBOSNonExistentWorkflowError,
  DBOSQueryTimeoutError,
  DBOSStepNondeterminismError,
  DBOSUnexpectedStepError,
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
} from './internals.ts';

// A notification wakes the receiver of a message; polling is only for notifications that were lost.
const pollingIntervalMs = 60_000;

/**
 * The journal of a run in DBOS, valid only inside of its workflow function. It throws what the journal
 * holds, or an `Interruption`. DBOS waits for a database that may recover, and any other error of the
 * database isn't a failure of the workflow either.
 */
export class DbosJournal implements Journal {
  readonly runId: string;
  readonly #isStopping: () => boolean;
  readonly #onEntry: (() => void) | undefined;

  /** `onEntry` is called after each new entry, but not for entries that a replay finds. */
  constructor(runId: string, isStopping: () => boolean, onEntry?: () => void) {
    this.runId = runId;
    this.#isStopping = isStopping;
    this.#onEntry = onEntry;
  }

  async step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord> {
    const entry = { isNew: false };
    const run = (): Promise<JournalRecord> => {
      entry.isNew = true;
      return this.#guardBody(body);
    };
    const record = await this.#callDbos(() => DBOS.runStep(run, { name }));
    if (entry.isNew) this.#onEntry?.();
    return record;
  }

  async receive(topic: string, timeoutMs: number): Promise<JournalRecord | undefined> {
    const message = await this.#callDbos(() =>
      DBOS.recv<JournalRecord>(topic, { timeoutSeconds: timeoutMs / 1000, pollingIntervalMs }),
    );
    // DBOS returns null after the timeout; a message is always a record, whatever its value.
    return message ?? undefined;
  }

  publish(key: string, record: JournalRecord): Promise<void> {
    return this.#callDbos(() => DBOS.setEvent(key, record));
  }

  patched(name: string): Promise<boolean> {
    return this.#callDbos(() => DBOS.patch(name));
  }

  /** Once the engine stops, nothing begins and nothing is recorded: the next start continues here. */
  async #guardBody<T>(body: () => Promise<T>): Promise<T> {
    try {
      const value = await body();
      return this.#isStopping() ? await neverSettles() : value;
    } catch (error) {
      if (this.#isStopping()) return neverSettles();
      // DBOS records every error of a step except this one, which ends the execution.
      const isOutcome = !(error instanceof Interruption || isDatabaseFailure(error));
      throw isOutcome ? error : new DBOSWorkflowConflictError(this.runId);
    }
  }

  async #callDbos<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#isStopping()) return neverSettles();
    try {
      return await operation();
    } catch (error) {
      if (this.#isStopping()) return neverSettles();
      throw translate(error);
    }
  }
}

/** Errors of DBOS for an execution that can't continue; another execution decides how the run ends. */
const interruptions = [
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
  DBOSNonExistentWorkflowError,
  DBOSStepNondeterminismError,
  DBOSQueryTimeoutError,
];

/** Translates the errors of DBOS itself. */
function translate(error: unknown): unknown {
  if (error instanceof DBOSUnexpectedStepError) {
    return new WorkflowError(
      'ERR_REPLAY',
      `The code doesn't match the journal: ${error.message.replace(/\.+$/, '')}. Either the workflow was ` +
        'changed while the run was open, or it is not deterministic: use steps to read time, ' +
        'random values and everything else that may change',
      { cause: error },
    );
  }
  const isInterruption =
    isDatabaseFailure(error) || interruptions.some((type) => error instanceof type);
  return isInterruption ? new Interruption(messageOf(error), { cause: error }) : error;
}
