import type { Definition } from '../../definition.ts';
import { CompensationError, messageOf, OverlapError } from '../../errors.ts';
import { Interruption } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../records/journal-record.ts';
import { readValue, writeFailure, writeValue } from '../records/records.ts';
import { isReplayError, storeError } from '../records/stored-error.ts';
import { storeValue } from '../records/stored-value.ts';
import type { Execution } from './execution.ts';
import { RunContext } from './run-context.ts';

/** `executeRun` throws it if the run has failed for good. */
export class RunFailure extends Error {
  static {
    this.prototype.name = 'RunFailure';
  }

  /** The failure, for the journal and for those who wait for the result. */
  readonly record: JournalRecord;

  constructor(error: unknown, record: JournalRecord) {
    super(tryMessageOf(error));
    this.record = record;
  }
}

/**
 * Executes a run from its beginning; the journal returns what is already on record. Throws a
 * `RunFailure` if the workflow failed, after compensating its steps, and an `Interruption` if the
 * execution has to end without an outcome.
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
    const given = readValue(`workflow "${definition.name}"`, 'input', input).decode();
    return await callWorkflow(definition, given, context);
  } catch (error) {
    failure = context.operations.fatal ?? error;
  }
  if (failure instanceof Interruption) throw failure;
  // The journal doesn't match the code, so nothing more may be written to it.
  if (isReplayError(failure)) throw failed(failure, [], false);
  await context.operations.close();
  const { compensated, failures } = await context.saga.compensate();
  if (failures.length === 0) throw failed(failure, compensated, true);
  throw failed(new CompensationError(failures, failure), compensated, false);
}

function failed(
  error: unknown,
  compensated: readonly string[],
  isFullyCompensated: boolean,
): RunFailure {
  const details = { error: storeError(error), compensated, isFullyCompensated };
  return new RunFailure(error, writeFailure(details));
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
  // Code that kept the context must not write to the journal of a run that has ended.
  await context.operations.close();
  const unhandled = await context.operations.unhandledFailure();
  if (unhandled !== undefined) throw unhandled.error;
  return writeValue('output', storeValue(`workflow "${definition.name}": its result`, output));
}

/** The message of a thrown value; empty if reading it throws. */
function tryMessageOf(error: unknown): string {
  try {
    return messageOf(error);
  } catch {
    return '';
  }
}
