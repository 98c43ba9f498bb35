import { AsyncResource } from 'node:async_hooks';

const neutral = new AsyncResource('highway');

/**
 * Runs what belongs to nobody: the claims of runs, timers for all who wait, the engine itself. What
 * starts it is somebody's, a run or a request, and their `AsyncLocalStorage` must not reach into it.
 */
export function outside<T>(work: () => T): T {
  return neutral.runInAsyncScope(work);
}
