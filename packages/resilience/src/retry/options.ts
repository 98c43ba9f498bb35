import { Backoff } from '../backoff.ts';
import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import {
  callback,
  randomOption,
  count,
  flag,
  objectWith,
  policyOptions,
  predicate,
  readOptions,
} from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions, PolicySettings, ResultPredicate } from '../policy.ts';
import type { Random } from '../random.ts';
import type { RetryBudget } from '../retry-budget.ts';

/** What `onRetry` is told. */
export interface RetryInfo {
  /** The attempt that failed; the first is 1. */
  readonly attempt: number;
  /** The wait in ms before the next. */
  readonly delay: number;
  /** What it threw. */
  readonly error?: unknown;
  /** The value that `handleResult` took for a failure; nobody else will see it. */
  readonly value?: unknown;
}

/** Options of a `RetryPolicy`. */
export interface RetryOptions extends PolicyOptions {
  /** How many attempts there may be after the first; `Infinity` for no limit. Default: 3. */
  readonly maxRetries?: number | undefined;
  /**
   * The waits between attempts. Default: 100 ms doubling to 5 s, jitter 0.5. Where there are none, it
   * lets timers run after at most 100 retries in a row.
   */
  readonly backoff?: Backoff | undefined;
  /**
   * Which errors are worth another attempt. It is not asked about rejections by a policy: see
   * `handleRejection`. Default: all.
   */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /**
   * Which rejections by a policy further in are worth another attempt, such as those of a full
   * bulkhead. The `retryAfter` of one is a floor for the wait, as that of any error is. Default:
   * none, so that an open circuit is not hammered, and its caller hears of it at once.
   */
  readonly handleRejection?: ((error: unknown) => boolean) | undefined;
  /** Which values are worth another attempt. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** No attempt begins later than this after the first. Default: no limit. */
  readonly maxDuration?: Duration | undefined;
  /**
   * Whether the last error itself is thrown when attempts or time are used up, in place of a
   * `RetriesExceededError`. Default: false.
   */
  readonly rethrow?: boolean | undefined;
  /** Bounds the retries to a share of the calls. Default: none. */
  readonly budget?: RetryBudget | undefined;
  /** Where the default backoff's chance comes from. Default: the system's. */
  readonly random?: Random | undefined;
  /** Runs before each wait. */
  readonly onRetry?: ((info: RetryInfo) => void) | undefined;
}

/** The defaults, in one place. */
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
  // No limit is the default, but not one to ask for.
  maxDuration: (option: string, value: unknown): number =>
    value === undefined ? Infinity : toMs(option, value),
  rethrow: flag(false),
  budget: objectWith<RetryBudget>('a RetryBudget', 'noteCall', 'tryTake'),
  random: randomOption,
  onRetry: callback<(info: RetryInfo) => void>(),
};

/** The options of a retry, checked and read. */
export interface RetryRules extends ReadPolicyOptions {
  readonly maxRetries: number;
  readonly backoff: Backoff;
  /** In ms. */
  readonly maxDuration: number;
  readonly rethrow: boolean;
  readonly budget: RetryBudget | undefined;
  readonly handle: ((error: unknown) => boolean) | undefined;
  readonly handleRejection: ((error: unknown) => boolean) | undefined;
  readonly handleResult: ((value: unknown) => boolean) | undefined;
  readonly onRetry: ((info: RetryInfo) => void) | undefined;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readRetryOptions(options: RetryOptions): RetryRules {
  const read = readOptions('RetryPolicy', options, readers);
  const { random } = read;
  return {
    ...read,
    backoff: read.backoff ?? new Backoff({ ...retryDefaults.backoff, random }),
  };
}

/** The rules as plain data. */
export function retrySettings(rules: RetryRules): PolicySettings {
  const { name, maxRetries, backoff, maxDuration, rethrow, budget } = rules;
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

/** How long the waits of one call may be in all, in ms. */
function longestWait(maxRetries: number, { minDelay, maxDelay, factor }: Backoff): number {
  // Nothing grows from nothing: the search for the longest delay would not end.
  if (minDelay === 0) return 0;
  let total = 0;
  let delay = minDelay;
  for (let retry = 0; retry < maxRetries; retry++) {
    // From here on every wait is the longest.
    if (delay >= maxDelay || factor === 1) return total + delay * (maxRetries - retry);
    total += delay;
    delay = Math.min(delay * factor, maxDelay);
  }
  return total;
}
