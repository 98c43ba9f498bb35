import { AsyncResource } from 'node:async_hooks';

const detached = new AsyncResource('highway');

/**
 * Runs work that belongs to no caller: claiming runs, shared timers, the engine itself. A run or a
 * request triggers it, but their `AsyncLocalStorage` values must not leak into it.
 */
export function runDetached<T>(work: () => T): T {
  return detached.runInAsyncScope(work);
}
