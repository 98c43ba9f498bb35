import { look } from './foreign.ts';

// Well-known, because policies of several copies of this package can be nested.
const brand = Symbol.for('@highway/resilience/sync-misuse');

/**
 * The error for a synchronous call of something asynchronous. It is a mistake in the program, not an
 * outcome of the call, so no policy may count, replace or hide it: they check `isSyncMisuse`.
 */
export function syncMisuse(why: string): TypeError {
  const error = new TypeError(`executeSync: ${why}`);
  return Object.defineProperty(error, brand, { value: true });
}

/** Whether an error was made by `syncMisuse`. */
export function isSyncMisuse(error: unknown): boolean {
  return typeof error === 'object' && look(error, brand) === true;
}
