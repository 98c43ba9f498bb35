import { WorkflowError } from '../../errors.ts';
import { decodeValue } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import { UnstorableError } from './unstorable-error.ts';

/** A value as the journal keeps it. */
export class StoredValue {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Returns a new copy of the value. Throws `ERR_REPLAY` if it can't be read. */
  decode(): unknown {
    try {
      return decodeValue(this.text);
    } catch (error) {
      throw unreadable(`a value ${(error as Error).message}`);
    }
  }
}

/**
 * Encodes a value for the journal. Throws `ERR_NOT_SERIALIZABLE`, with the path, if some part of it
 * could not be restored unchanged. `what` names the value: `step "pay": its result`.
 */
export function storeValue(what: string, value: unknown): StoredValue {
  try {
    return new StoredValue(encodeValue(value));
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    throw new WorkflowError(
      'ERR_NOT_SERIALIZABLE',
      `${what} contains ${error.message}, which the journal can't keep; use plain data`,
    );
  }
}

/** The error for an entry that exists but can't be read. */
export function unreadable(what: string): WorkflowError {
  return new WorkflowError('ERR_REPLAY', `The journal can't be read: ${what}`);
}
