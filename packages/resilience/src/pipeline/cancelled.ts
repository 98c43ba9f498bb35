import { isTimeoutItself } from '../errors.ts';
import type { Scope } from './scope.ts';

/**
 * Whether a call was cancelled from outside, so that its end says nothing about the dependency. One
 * that a timeout gave up does: there was no answer in time.
 */
export function isCancelled(scope: Scope | undefined): boolean {
  return scope?.aborted === true && !isTimeoutItself(scope.reason);
}
