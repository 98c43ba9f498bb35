import { WorkflowError } from '../errors.ts';
import { decodeValue } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import { UnstorableError } from './unstorable.ts';

/** A value as the journal keeps it. */
export class Stored {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The value; a new copy each time. Throws `ERR_REPLAY` where nobody can read it. */
  open(): unknown {
    try {
      return decodeValue(this.text);
    } catch (error) {
      throw unreadable(`a value ${(error as Error).message}`);
    }
  }
}

/**
 * Makes a value ready for the journal. Throws `ERR_NOT_SERIALIZABLE`, with the place, where something
 * in it would not come back as it is. `what` names the value: "step "pay": its result".
 */
export function store(what: string, value: unknown): Stored {
  try {
    return new Stored(encodeValue(value));
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    throw new WorkflowError(
      'ERR_NOT_SERIALIZABLE',
      `${what} holds ${error.message}, which no journal can keep; give plain data`,
    );
  }
}

/** The error of an entry that is there, and that nobody can read. */
export function unreadable(what: string): WorkflowError {
  return new WorkflowError('ERR_REPLAY', `The journal can't be read: ${what}`);
}
