import { look } from '../internal/foreign.ts';
import type { RetryRules } from './options.ts';

/** What has happened so far in a call that may be retried. */
export interface Progress {
  /** The attempt that failed last; the first is 1. */
  readonly attempt: number;
  /** Since the call began, in ms; 0 where no limit asks for it. */
  readonly elapsedMs: number;
  /** The wait before that attempt; `undefined` for the first. */
  readonly previousDelay: number | undefined;
  /** The wait in ms that the service asked for, if it did. */
  readonly retryAfter: number;
}

/** An attempt that has ended, as `RetryPolicy.decide` is told of it. */
export interface EndedAttempt {
  /** Which attempt it was; the first is 1. */
  readonly attempt: number;
  /** What it threw; left out where it gave a value. */
  readonly error?: unknown;
  /** What it gave. */
  readonly value?: unknown;
  /** Since the first attempt began, in ms; `maxDuration` goes by it. Default: 0. */
  readonly elapsed?: number | undefined;
  /** The wait in ms before the attempt, for a backoff that goes by it. Default: none. */
  readonly previousDelay?: number | undefined;
}

/**
 * Whether there is another attempt, and after how many ms. `exhausted` says that the attempt was
 * worth another, but attempts or time are used up: the policy itself throws `RetriesExceededError`
 * then, and otherwise passes on what the attempt threw.
 */
export type RetryDecision =
  | { readonly retry: true; readonly delay: number }
  | { readonly retry: false; readonly exhausted: boolean };

/** What to do next: wait so many ms and try again, or give up, and why. */
export type Decision = number | 'exhausted' | 'unspent';

/**
 * Decides whether there is another attempt, and after what wait. `'exhausted'` means that attempts
 * or time are used up; `'unspent'` that they are not, but waiting is pointless or the budget is
 * spent, so the error should pass as it is.
 */
export function decide(rules: RetryRules, progress: Progress): Decision {
  const { attempt, elapsedMs, previousDelay, retryAfter } = progress;
  if (attempt > rules.maxRetries) return 'exhausted';
  if (retryAfter === Infinity) return 'unspent';
  const delay = rules.backoff.delayAtLeast(retryAfter, attempt, previousDelay);
  if (elapsedMs + delay > rules.maxDuration) return 'exhausted';
  if (rules.budget?.tryTake() === false) return 'unspent';
  return delay;
}

/** The wait in ms that an error asks for in `retryAfter`; 0 where it asks for none. */
export function retryAfterOf(error: unknown): number {
  const retryAfter = look(error, 'retryAfter');
  return typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : 0;
}
