const misuses = new WeakSet();

/**
 * The error of a synchronous call that can't be one. It is a mistake in the program and no outcome
 * of the call, so no policy may count it, answer for it or hide it: they tell it by `isSyncMisuse`.
 */
export function syncMisuse(why: string): TypeError {
  const error = new TypeError(`executeSync: ${why}`);
  misuses.add(error);
  return error;
}

/** Whether an error says that a call can't be synchronous. */
export function isSyncMisuse(error: unknown): boolean {
  return typeof error === 'object' && error !== null && misuses.has(error);
}
