import type { Duration } from '../../values/duration.ts';
import { duration, longDuration } from '../../values/duration.ts';
import { count, policyOptions, readOptions, invalid } from '../../support/options.ts';
import type { ReadPolicyOptions } from '../../support/options.ts';
import type { PolicyOptions, PolicySettings } from '../../policy.ts';

/** Options of a `RateLimiterPolicy`. */
export interface RateLimiterOptions extends PolicyOptions {
  /** How many calls may start within `per`, on average. */
  readonly limit: number;
  /** The period of `limit`. */
  readonly per: Duration;
  /** How many calls may start without a wait after a pause. Default: `limit`. */
  readonly burst?: number | undefined;
  /** How long a call may wait for a permit; `Infinity` for no limit. Default: 0. */
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

/** The validated options of a rate limiter. */
export interface RateLimiterRules extends ReadPolicyOptions {
  readonly limit: number;
  /** In ms. */
  readonly per: number;
  readonly burst: number;
  /** In ms. */
  readonly maxWait: number;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readRateLimiterOptions(options: RateLimiterOptions): RateLimiterRules {
  const read = readOptions('RateLimiterPolicy', options, readers);
  if (read.per === 0) invalid('per', read.per, 'a duration above 0');
  return { ...read, burst: read.burst ?? read.limit };
}

/** The settings as plain data. */
export function rateLimiterSettings({
  name,
  limit,
  per,
  burst,
  maxWait,
}: RateLimiterRules): PolicySettings {
  return { type: 'rateLimiter', name, limit, per, burst, maxWait };
}
