import { WorkflowError } from '../errors.ts';

/** The error of an operation that finds an entry of another kind under its name in the journal. */
export function otherEntry(name: string, asked: string): WorkflowError {
  return new WorkflowError(
    'ERR_REPLAY',
    `${name}: the code asks for ${asked}, and the journal holds something else. The workflow was ` +
      'changed under a run that is under way',
  );
}
