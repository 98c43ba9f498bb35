import { DBOS } from '@dbos-inc/dbos-sdk';
import {
  DBOSNonExistentWorkflowError,
  DBOSQueryTimeoutError,
  DBOSStepNondeterminismError,
  DBOSUnexpectedStepError,
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
} from '@dbos-inc/dbos-sdk/internal/error';
import { messageOf, WorkflowError } from '../errors.ts';
import { Interruption, never } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../records/journal-record.ts';
import { isDatabaseFailure } from './database-errors.ts';

// With notifications a message wakes its receiver; the poll is for those that got lost.
const pollingIntervalMs = 60_000;

/**
 * The journal of a run in DBOS. Only valid inside of its workflow function. What it throws is what the
 * journal holds, or an `Interruption`: DBOS waits for a database that may recover, and what else the
 * database says is no failure of the workflow either.
 */
export class DbosJournal implements Journal {
  readonly runId: string;
  readonly #isStopping: () => boolean;
  readonly #onEntry: (() => void) | undefined;

  /** `onEntry` is called after an entry was written, and not for those that were there before. */
  constructor(runId: string, isStopping: () => boolean, onEntry?: () => void) {
    this.runId = runId;
    this.#isStopping = isStopping;
    this.#onEntry = onEntry;
  }

  async step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord> {
    const ran = { anew: false };
    const run = (): Promise<JournalRecord> => {
      ran.anew = true;
      return this.#guard(body);
    };
    const record = await this.#ask(() => DBOS.runStep(run, { name }));
    if (ran.anew) this.#onEntry?.();
    return record;
  }

  async receive(topic: string, timeoutMs: number): Promise<JournalRecord | undefined> {
    const message = await this.#ask(() =>
      DBOS.recv<JournalRecord>(topic, { timeoutSeconds: timeoutMs / 1000, pollingIntervalMs }),
    );
    // DBOS gives null once the time is over; what was sent is a record, whatever its value.
    return message ?? undefined;
  }

  publish(key: string, record: JournalRecord): Promise<void> {
    return this.#ask(() => DBOS.setEvent(key, record));
  }

  patched(name: string): Promise<boolean> {
    return this.#ask(() => DBOS.patch(name));
  }

  /** Nothing begins, and nothing is recorded, once the engine stops: the next start goes on there. */
  async #guard<T>(body: () => Promise<T>): Promise<T> {
    try {
      const value = await body();
      return this.#isStopping() ? await never() : value;
    } catch (error) {
      if (this.#isStopping()) return never();
      // DBOS records what a step throws, but for this error, which ends the execution.
      const isOutcome = !(error instanceof Interruption || isDatabaseFailure(error));
      throw isOutcome ? error : new DBOSWorkflowConflictError(this.runId);
    }
  }

  async #ask<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#isStopping()) return never();
    try {
      return await operation();
    } catch (error) {
      if (this.#isStopping()) return never();
      throw translate(error);
    }
  }
}

/** The errors of DBOS that say that an execution can't go on; how the run ends is for the next one. */
const endings = [
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
  DBOSNonExistentWorkflowError,
  DBOSStepNondeterminismError,
  DBOSQueryTimeoutError,
];

/** What DBOS throws of itself, in words of this engine. */
function translate(error: unknown): unknown {
  if (error instanceof DBOSUnexpectedStepError) {
    return new WorkflowError(
      'ERR_REPLAY',
      `The code asked for something else than the journal holds: ${error.message.replace(/\.+$/, '')}. Either the ` +
        'workflow was changed under a run that is under way, or it does not do the same each time: ' +
        'time, chance and the outside world belong into steps',
      { cause: error },
    );
  }
  const isNoOutcome = isDatabaseFailure(error) || endings.some((type) => error instanceof type);
  return isNoOutcome ? new Interruption(messageOf(error), { cause: error }) : error;
}
