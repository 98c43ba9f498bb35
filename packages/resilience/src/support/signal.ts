import { describe } from './describe.ts';
import { leave, look } from './foreign.ts';
import { hasMethods } from './options.ts';

const methods = ['addEventListener', 'removeEventListener'];

/** Reads a caller's signal; `null` means none. Throws if it is not an `AbortSignal`, of any implementation. */
export function toSignal(option: string, given: unknown): AbortSignal | undefined {
  if (given === undefined || given === null) return undefined;
  // Reading a property of a new signal takes far longer than asking for its class.
  if (given instanceof AbortSignal) return given;
  if (typeof look(given, 'aborted') !== 'boolean' || !hasMethods(given, methods)) {
    leave(given);
    throw new TypeError(`${option}: ${describe(given)} is not an AbortSignal`);
  }
  // If it can't be listened to, the caller learns of it now. Which listener it gets does not matter.
  const other = given as AbortSignal;
  other.addEventListener('abort', leave);
  other.removeEventListener('abort', leave);
  return other;
}
