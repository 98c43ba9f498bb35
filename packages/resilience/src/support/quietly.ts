import { describe, messageOf } from './describe.ts';
import { isError, isThenable } from './foreign.ts';

/** Reports an error of a listener or callback, which must not change the call's result. */
function report(error: unknown): void {
  const host = globalThis as {
    reportError?: (error: unknown) => void;
    process?: { emitWarning?: (warning: unknown) => void };
  };
  try {
    if (typeof host.reportError === 'function') host.reportError(error);
    else host.process?.emitWarning?.(asError(error));
  } catch {
    // A host that fails to report an error must not change the call's result, either.
  }
}

/** Hosts only accept errors of their own realm. */
function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A proxy that throws when its prototype is read.
  }
  return new Error(isError(thrown) ? messageOf(thrown) : describe(thrown), { cause: thrown });
}

/** Runs a listener. If it throws, or if its promise rejects, the error is only reported. */
export function quietly<Args extends unknown[]>(
  listener: (...args: Args) => unknown,
  ...args: Args
): void {
  try {
    const result = listener(...args);
    if (isThenable(result)) void Promise.resolve(result).then(undefined, report);
  } catch (error) {
    report(error);
  }
}
