import type { Definition } from '../definition.ts';
import { CompensationError, OverlapError, WorkflowError } from '../errors.ts';
import { Interruption } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import { isReplayError, recordError } from '../records/recorded-error.ts';
import type { RecordedError } from '../records/recorded-error.ts';
import { findUnstorable } from '../records/storable.ts';
import type { Execution } from './execution.ts';
import { RunContext } from './run-context.ts';

/** How a run has failed, as it is put on record. */
export interface RecordedFailure {
  readonly error: RecordedError;
  /** The steps that were undone, newest first. */
  readonly undone: readonly string[];
}

/** Thrown by `executeRun` where the run has failed for good. */
export class RunFailure extends Error {
  static {
    this.prototype.name = 'RunFailure';
  }

  /** For the record, and for those who wait for the result. */
  readonly highway: RecordedFailure;

  constructor(highway: RecordedFailure) {
    super(highway.error.message);
    this.highway = highway;
  }
}

/**
 * Executes a run: from its beginning, with the journal giving what is on record already. Throws a
 * `RunFailure` where the workflow failed, after having undone its steps, and an `Interruption` where
 * the execution has to end without an outcome.
 */
export async function executeRun(
  definition: Definition,
  input: unknown,
  journal: Journal,
  execution: Execution,
): Promise<unknown> {
  const context = new RunContext(journal, execution);
  let failure: unknown;
  try {
    return await callWorkflow(definition, input, context);
  } catch (error) {
    failure = context.operations.fatal ?? error;
  }
  if (failure instanceof Interruption) throw failure;
  // The journal doesn't fit the code, so nothing more may be written to it.
  if (isReplayError(failure)) throw new RunFailure({ error: recordError(failure), undone: [] });
  await context.operations.end();
  const { steps, failures } = await context.saga.undo();
  const error = failures.length === 0 ? failure : new CompensationError(failures, failure);
  throw new RunFailure({ error: recordError(error), undone: steps });
}

async function callWorkflow(
  definition: Definition,
  input: unknown,
  context: RunContext,
): Promise<unknown> {
  const output = await definition.fn(input, context);
  const { fatal, running } = context.operations;
  if (fatal !== undefined) throw fatal;
  if (running !== undefined) throw new OverlapError('the end of the workflow', running);
  // Whoever kept the context must not write to the journal of a run that has ended.
  await context.operations.end();
  const bad = findUnstorable(output);
  if (bad === undefined) return output;
  throw new WorkflowError(
    'ERR_NOT_SERIALIZABLE',
    `workflow "${definition.name}": its result holds ${bad.what}${bad.path && ` at ${bad.path}`}`,
  );
}
