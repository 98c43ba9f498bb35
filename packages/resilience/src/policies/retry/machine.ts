import { look } from '../../support/foreign.ts';
import type { RetryRules } from './options.ts';

/** The state of a call that may be retried. */
export interface Progress {
  /** The attempt that failed last; the first is 1. */
  readonly attempt: number;
  /** Time since the call started; 0 if no limit needs it. */
  readonly elapsedMs: number;
  /** The delay before that attempt; `undefined` for the first. */
  readonly previousDelayMs: number | undefined;
  /** The delay that the service asked for; 0 if it did not. */
  readonly retryAfterMs: number;
}

/** An attempt that has ended, for `RetryPolicy.decide`. */
export interface EndedAttempt {
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** What the attempt threw. Omit it if the attempt returned a value. */
  readonly error?: unknown;
  /** What the attempt returned. */
  readonly value?: unknown;
  /** Time since the first attempt started, in ms, for `maxDuration`. Default: 0. */
  readonly elapsed?: number | undefined;
  /** The delay in ms before the attempt, for decorrelated jitter. Default: none. */
  readonly previousDelay?: number | undefined;
  /** What predicates and `onRetry` get as `data`. */
  readonly data?: unknown;
}

/**
 * Whether to make another attempt, and after which delay in ms. `exhausted: true` means that the failure was
 * worth another attempt, but that attempts or time are used up: the policy itself then throws a
 * `RetriesExceededError`. Otherwise, the outcome of the attempt is the outcome of the call.
 */
export type RetryDecision =
  | { readonly retry: true; readonly delay: number }
  | { readonly retry: false; readonly exhausted: boolean };

/** The next step: a delay in ms before another attempt, or why there is none. */
export type Decision = number | 'exhausted' | 'pass';

/**
 * Decides whether to make another attempt, and after which delay. `'exhausted'` means that attempts or time
 * are used up. `'pass'` means that the error is rethrown unchanged: they are not used up, but the service asks
 * never to retry, or the budget is spent. `endIsNoted`: whether the budget will be told when a retry has ended.
 */
export function decide(rules: RetryRules, progress: Progress, endIsNoted = true): Decision {
  const { attempt, elapsedMs, previousDelayMs, retryAfterMs } = progress;
  if (attempt > rules.maxRetries) return 'exhausted';
  if (retryAfterMs === Infinity) return 'pass';
  const delayMs = rules.backoff.delayAtLeast(retryAfterMs, attempt, previousDelayMs);
  if (elapsedMs + delayMs > rules.maxDuration) return 'exhausted';
  if (rules.budget?.tryTake(endIsNoted) === false) return 'pass';
  return delayMs;
}

/** The `retryAfter` of an error in ms; 0 if it has none. */
export function retryAfterOf(error: unknown): number {
  const retryAfter = look(error, 'retryAfter');
  return typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter : 0;
}
