import { describe } from './options.ts';

const settled = Promise.resolve();

/**
 * A promise that rejects in the next microtask. One that is rejected when it is made costs two to
 * three times as much to handle: the host notes it as unhandled, then as handled after all.
 */
export function rejectSoon(error: unknown): Promise<never> {
  return new Promise((_resolve, reject) => {
    void settled.then(() => {
      reject(error);
    });
  });
}

/** Whether a value is a promise by its looks: it has a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Reports an error of a listener or callback, which must not change the call's result. */
function report(error: unknown): void {
  const host = globalThis as {
    reportError?: (error: unknown) => void;
    process?: { emitWarning?: (warning: unknown) => void };
  };
  try {
    if (typeof host.reportError === 'function') host.reportError(error);
    else host.process?.emitWarning?.(error instanceof Error ? error : new Error(describe(error)));
  } catch {
    // A host that can't be told of an error must not change the call's result either.
  }
}

/** Runs a listener: what it throws, or its promise rejects with, is reported and goes no further. */
export function quietly<Args extends unknown[]>(
  listener: (...args: Args) => unknown,
  ...args: Args
): void {
  try {
    const result = listener(...args);
    if (isThenable(result)) void result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}
