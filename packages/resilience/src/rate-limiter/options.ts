import type { Duration } from '../duration.ts';
import { toMs } from '../duration.ts';
import { refuse, toCount } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `RateLimiterPolicy`. */
export interface RateLimiterOptions extends PolicyOptions {
  /** How many calls there may be in the time `per`, on average. */
  readonly limit: number;
  /** The time that `limit` is for. */
  readonly per: Duration;
  /** How many calls may come at once after a pause. Default: `limit`. */
  readonly burst?: number;
  /** How long a call may wait for its permit; `Infinity` for no limit. Default: 0. */
  readonly maxWait?: Duration;
}

/** Every option of a rate limiter. */
export const rateLimiterOptions: readonly string[] = [
  'name',
  'clock',
  'limit',
  'per',
  'burst',
  'maxWait',
];

/** The options of a rate limiter, checked and read. */
export interface RateLimiterRules {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
  readonly maxWaitMs: number;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readRateLimiterOptions(options: RateLimiterOptions): RateLimiterRules {
  const limit = toCount('limit', options.limit, 1);
  const perMs = toMs('per', options.per);
  if (perMs === 0) refuse('per', options.per, 'a time above 0 is');
  return {
    limit,
    perMs,
    burst: toCount('burst', options.burst ?? limit, 1),
    maxWaitMs: toMs('maxWait', options.maxWait ?? 0, true),
  };
}
