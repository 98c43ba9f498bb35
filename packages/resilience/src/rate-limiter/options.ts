import type { Duration } from '../duration.ts';
import { duration, longDuration } from '../duration.ts';
import { count, policyOptions, readOptions, invalid } from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `RateLimiterPolicy`. */
export interface RateLimiterOptions extends PolicyOptions {
  /** How many calls there may be in the time `per`, on average. */
  readonly limit: number;
  /** The time that `limit` is for. */
  readonly per: Duration;
  /** How many calls may come at once after a pause. Default: `limit`. */
  readonly burst?: number | undefined;
  /** How long a call may wait for its permit; `Infinity` for no limit. Default: 0. */
  readonly maxWait?: Duration | undefined;
}

const readers = {
  ...policyOptions,
  limit: count(1),
  per: longDuration('RateLimiterPolicy'),
  burst: (option: string, value: unknown): number | undefined =>
    value === undefined ? undefined : count(1)(option, value),
  maxWait: duration(0, true),
};

/** The options of a rate limiter, checked and read. */
export interface RateLimiterRules extends ReadPolicyOptions {
  readonly limit: number;
  /** In ms. */
  readonly per: number;
  readonly burst: number;
  /** In ms. */
  readonly maxWait: number;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readRateLimiterOptions(options: RateLimiterOptions): RateLimiterRules {
  const read = readOptions('RateLimiterPolicy', options, readers);
  if (read.per === 0) invalid('per', read.per, 'a time above 0');
  return { ...read, burst: read.burst ?? read.limit };
}
