import { isTimeoutItself } from '../errors.ts';
import type { Scope } from './scope.ts';

/**
 * Whether a call was cancelled from outside, so its end says nothing about the dependency. The timeout of a
 * policy further out does not count: it means that there was no answer in time.
 */
export function isCancelled(scope: Scope | undefined): boolean {
  return scope?.aborted === true && !isTimeoutItself(scope.reason);
}

const nextTurn = Promise.resolve();

/** Rejects with the reason of a scope that is cancelled in the next microtask: see `Scope.rearm`. */
export function cancelledSoon(scope: Scope): Promise<never> {
  return nextTurn.then(() => {
    throw scope.reason;
  });
}
