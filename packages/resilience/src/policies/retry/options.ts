import { Backoff } from '../../values/backoff.ts';
import { toMs } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import {
  callback,
  randomOption,
  count,
  flag,
  objectWith,
  policyOptions,
  predicate,
  readOptions,
} from '../../support/options.ts';
import type { Judge, ReadPolicyOptions } from '../../support/options.ts';
import type {
  ErrorPredicate,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from '../../policy.ts';
import type { Random } from '../../seams/random.ts';
import type { RetryBudget } from '../../values/retry-budget.ts';

/** The argument of `onRetry`. */
export interface RetryInfo {
  /** The attempt that failed; the first is 1. */
  readonly attempt: number;
  /** The delay in ms before the next attempt. */
  readonly delay: number;
  /** What the attempt threw; absent if it returned a value. */
  readonly error?: unknown;
  /** The result that `handleResult` judged as a failure; nobody else receives it. */
  readonly value?: unknown;
  /** The option `data` of `execute`, or of `decide`; absent if it was not given. */
  readonly data?: unknown;
}

/** Options of a `RetryPolicy`. */
export interface RetryOptions extends PolicyOptions {
  /** How many attempts may follow the first; `Infinity` for no limit. Default: 3. */
  readonly maxRetries?: number | undefined;
  /**
   * The delays between attempts. Default: 100 ms, doubling up to 5 s, with jitter 0.5. Without delays, the
   * policy lets timers run after at most 100 retries in a row.
   */
  readonly backoff?: Backoff | undefined;
  /**
   * Which errors are retried. It is not called for rejections by a policy: see `handleRejection`. Default:
   * every error.
   */
  readonly handle?: ErrorPredicate | undefined;
  /**
   * Which rejections by an inner policy are retried, such as those of a full bulkhead. The delay is at least
   * the `retryAfter` of the rejection, as for any error. Default: none, so callers learn of an open circuit
   * at once.
   */
  readonly handleRejection?: ErrorPredicate | undefined;
  /** Which results are retried. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** No attempt starts once this much time has passed since the first one started. Default: no limit. */
  readonly maxDuration?: Duration | undefined;
  /**
   * Whether to throw the last error itself instead of a `RetriesExceededError` when attempts or time are used
   * up. Default: false.
   */
  readonly rethrow?: boolean | undefined;
  /** Limits retries to a share of the calls. Default: no budget. */
  readonly budget?: RetryBudget | undefined;
  /** The random source of the default backoff. Default: the system's. */
  readonly random?: Random | undefined;
  /** Called before each delay. Errors that it throws are reported and change nothing. */
  readonly onRetry?: ((info: RetryInfo) => void) | undefined;
}

/** The default values. */
export const retryDefaults = {
  maxRetries: 3,
  backoff: { minDelay: 100, maxDelay: 5_000, factor: 2, jitter: 0.5 },
} as const;

const readers = {
  ...policyOptions,
  maxRetries: count(0, retryDefaults.maxRetries, true),
  backoff: objectWith<Backoff>('a Backoff', 'forAttempt', 'delayAtLeast'),
  handle: predicate(),
  handleRejection: predicate(),
  handleResult: predicate(),
  // There is no limit by default, but `Infinity` is not a valid value.
  maxDuration: (option: string, value: unknown): number =>
    value === undefined ? Infinity : toMs(option, value),
  rethrow: flag(false),
  budget: objectWith<RetryBudget>('a RetryBudget', 'noteCall', 'tryTake'),
  random: randomOption,
  onRetry: callback<(info: RetryInfo) => void>(),
};

/** The validated options of a retry. */
export interface RetryRules extends ReadPolicyOptions {
  readonly maxRetries: number;
  readonly backoff: Backoff;
  /** In ms. */
  readonly maxDuration: number;
  readonly rethrow: boolean;
  readonly budget: RetryBudget | undefined;
  readonly handle: Judge | undefined;
  readonly handleRejection: Judge | undefined;
  readonly handleResult: Judge | undefined;
  readonly onRetry: ((info: RetryInfo) => void) | undefined;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readRetryOptions(options: RetryOptions): RetryRules {
  const read = readOptions('RetryPolicy', options, readers);
  const { random } = read;
  return {
    ...read,
    backoff: read.backoff ?? new Backoff({ ...retryDefaults.backoff, random }),
  };
}

/** The settings as plain data. */
export function retrySettings({
  name,
  maxRetries,
  backoff,
  maxDuration,
  rethrow,
  budget,
}: RetryRules): PolicySettings {
  return {
    type: 'retry',
    name,
    maxRetries,
    backoff: backoff.toJSON(),
    maxDuration,
    rethrow,
    budget: budget?.toJSON(),
    longestWait: longestWait(maxRetries, backoff),
  };
}

/** The sum of the longest delays of one call, in ms. */
function longestWait(maxRetries: number, { minDelay, maxDelay, factor }: Backoff): number {
  // A delay of 0 never grows, so the loop below might not end.
  if (minDelay === 0) return 0;
  let totalMs = 0;
  let delayMs = minDelay;
  for (let retry = 0; retry < maxRetries; retry++) {
    // All further delays are the same.
    if (delayMs >= maxDelay || factor === 1) return totalMs + delayMs * (maxRetries - retry);
    totalMs += delayMs;
    delayMs = Math.min(delayMs * factor, maxDelay);
  }
  return totalMs;
}
