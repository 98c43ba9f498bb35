import { endedInRejection } from '../../errors.ts';
import type { HedgeRules } from './options.ts';

/**
 * What an attempt's outcome means for the call:
 *
 * - `won`: it is the answer;
 * - `handled`: a failure that the next attempt may make good, at once;
 * - `rejected`: a policy further in did not let it run, which says nothing of the other attempts;
 * - `unhandled`: an error that ends the call.
 */
export type Verdict = 'won' | 'handled' | 'rejected' | 'unhandled';

type Predicates = Pick<HedgeRules, 'handle' | 'handleResult'>;

/** Judges an attempt that gave a value. Throws what the predicate throws. */
export function judgeValue({ handleResult }: Predicates, value: unknown): Verdict {
  return handleResult?.(value) === true ? 'handled' : 'won';
}

/** Judges an attempt that threw. Throws what the predicate throws. */
export function judgeError({ handle }: Predicates, error: unknown): Verdict {
  if (endedInRejection(error)) return 'rejected';
  return handle === undefined || handle(error) ? 'handled' : 'unhandled';
}

/** What a failed attempt leads to. */
export type Step = 'end' | 'start' | 'wait' | 'exhausted';

/**
 * Decides what follows an attempt that did not win. `mayStart` is asked only where another attempt
 * would be of use, since asking takes it from the budget.
 */
export function afterFailure(verdict: Verdict, running: number, mayStart: () => boolean): Step {
  if (verdict === 'unhandled') return 'end';
  if (verdict === 'handled' && mayStart()) return 'start';
  return running > 0 ? 'wait' : 'exhausted';
}
