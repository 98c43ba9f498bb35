import { WorkflowError } from '../../errors.ts';

/** The error of an operation that finds an entry of another kind under its name in the journal. */
export function entryMismatch(name: string, requested: string): WorkflowError {
  return new WorkflowError(
    'ERR_REPLAY',
    `${name}: the code asks for ${requested}, but the journal holds something else. The workflow was ` +
      'changed while the run was open',
  );
}
