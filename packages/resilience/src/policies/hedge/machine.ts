import { endedInRejection } from '../../errors.ts';
import type { HedgeRules } from './options.ts';

/**
 * What the outcome of an attempt means for the call:
 *
 * - `won`: it is the outcome of the call;
 * - `handled`: a failure; the next attempt starts at once;
 * - `rejected`: a policy further in rejected the attempt, which says nothing about the other attempts;
 * - `unhandled`: an error that ends the call.
 */
export type Verdict = 'won' | 'handled' | 'rejected' | 'unhandled';

type Predicates = Pick<HedgeRules, 'handle' | 'handleResult'>;

/** Judges an attempt that returned a value. Throws what the predicate throws. */
export function judgeValue(
  { handleResult }: Predicates,
  value: unknown,
  attempt: number,
  data: unknown,
): Verdict {
  return handleResult?.(value, attempt, data) === true ? 'handled' : 'won';
}

/** Judges an attempt that threw. Throws what the predicate throws. */
export function judgeError(
  { handle }: Predicates,
  error: unknown,
  attempt: number,
  data: unknown,
): Verdict {
  if (endedInRejection(error)) return 'rejected';
  return handle === undefined || handle(error, attempt, data) ? 'handled' : 'unhandled';
}

/** What follows a failed attempt. */
export type Step = 'end' | 'start' | 'wait' | 'exhausted';

/**
 * Decides what follows an attempt that did not win. Calls `mayStart` only if another attempt would be useful,
 * because that takes the attempt from the budget.
 */
export function afterFailure(verdict: Verdict, running: number, mayStart: () => boolean): Step {
  if (verdict === 'unhandled') return 'end';
  if (verdict === 'handled' && mayStart()) return 'start';
  return running > 0 ? 'wait' : 'exhausted';
}
