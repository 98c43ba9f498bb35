import type { Definition } from '../definition.ts';
import { CompensationError, messageOf, OverlapError } from '../errors.ts';
import { Interruption } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../records/journal-record.ts';
import { readValue, writeFailure, writeValue } from '../records/records.ts';
import { store } from '../records/stored.ts';
import { isReplayError, storeError } from '../records/stored-error.ts';
import type { Execution } from './execution.ts';
import { RunContext } from './run-context.ts';

/** Thrown by `executeRun` where the run has failed for good. */
export class RunFailure extends Error {
  static {
    this.prototype.name = 'RunFailure';
  }

  /** For the record, and for those who wait for the result. */
  readonly record: JournalRecord;

  constructor(error: unknown, record: JournalRecord) {
    super(attempt(() => messageOf(error)));
    this.record = record;
  }
}

/**
 * Executes a run: from its beginning, with the journal giving what is on record already. Throws a
 * `RunFailure` where the workflow failed, after having undone its steps, and an `Interruption` where
 * the execution has to end without an outcome.
 */
export async function executeRun(
  definition: Definition,
  input: JournalRecord,
  journal: Journal,
  execution: Execution,
): Promise<JournalRecord> {
  const context = new RunContext(journal, execution);
  let failure: unknown;
  try {
    const given = readValue(`workflow "${definition.name}"`, 'input', input).open();
    return await callWorkflow(definition, given, context);
  } catch (error) {
    failure = context.operations.fatal ?? error;
  }
  if (failure instanceof Interruption) throw failure;
  // The journal doesn't fit the code, so nothing more may be written to it.
  if (isReplayError(failure)) throw failed(failure, [], false);
  await context.operations.end();
  const { steps, failures } = await context.saga.undo();
  if (failures.length === 0) throw failed(failure, steps, true);
  throw failed(new CompensationError(failures, failure), steps, false);
}

function failed(error: unknown, undone: readonly string[], isUndone: boolean): RunFailure {
  return new RunFailure(error, writeFailure({ error: storeError(error), undone, isUndone }));
}

async function callWorkflow(
  definition: Definition,
  input: unknown,
  context: RunContext,
): Promise<JournalRecord> {
  const output = await definition.fn(input, context);
  const { fatal, running } = context.operations;
  if (fatal !== undefined) throw fatal;
  if (running !== undefined) throw new OverlapError('the end of the workflow', running);
  // Whoever kept the context must not write to the journal of a run that has ended.
  await context.operations.end();
  const unheard = await context.operations.unheard();
  if (unheard !== undefined) throw unheard.error;
  return writeValue('output', store(`workflow "${definition.name}": its result`, output));
}

function attempt(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
