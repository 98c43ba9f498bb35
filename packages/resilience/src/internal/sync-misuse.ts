import { look } from './foreign.ts';

// Known to every copy of this package, since policies of one may stand around those of another.
const brand = Symbol.for('@highway/resilience/sync-misuse');

/**
 * The error of a synchronous call that can't be one. It is a mistake in the program and no outcome
 * of the call, so no policy may count it, answer for it or hide it: they tell it by `isSyncMisuse`.
 */
export function syncMisuse(why: string): TypeError {
  const error = new TypeError(`executeSync: ${why}`);
  return Object.defineProperty(error, brand, { value: true });
}

/** Whether an error says that a call can't be synchronous. */
export function isSyncMisuse(error: unknown): boolean {
  return typeof error === 'object' && look(error, brand) === true;
}
