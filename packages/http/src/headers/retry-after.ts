import { systemClock, wallNow as wallNowOf } from '@highway/resilience';
import { rateLimitReset } from './rate-limit.ts';
import { readHeader } from './read.ts';
import type { HeadersLike } from './read.ts';
import { readDate, secondsOrEpoch, until } from './time.ts';

/**
 * How long a server asks its client to wait, in ms; `undefined` if it does not say, or not in a way that can be
 * understood. Reads `Retry-After` (seconds, a date, or a moment since the epoch); without one, the RateLimit
 * headers, if these say that nothing is left: `RateLimit`, `RateLimit-Reset`, `X-RateLimit-Reset`. Those count only
 * in answers with status 429 or 503.
 *
 * @param headers - a `Headers`, or a record with names in any case
 * @param wallNow - the time in ms since the epoch. Default: the system's
 *
 * @example
 * retryAfterOf({ 'retry-after': '2' }); // 2000
 */
export function retryAfterOf(
  headers: HeadersLike,
  wallNow: number = wallNowOf(systemClock),
): number | undefined {
  return readRetryAfter(headers, wallNow) ?? rateLimitReset(headers, wallNow);
}

/** As `retryAfterOf`, for an answer with this status. */
export function waitAskedBy(
  status: number,
  headers: HeadersLike,
  wallNow: number,
): number | undefined {
  return status === 429 || status === 503
    ? retryAfterOf(headers, wallNow)
    : readRetryAfter(headers, wallNow);
}

/** Several numbers come from a header that was sent several times: the longest one is never early. */
const numbers = /^\d{1,20}(?:\.\d{1,9})?(?:, ?\d{1,20}(?:\.\d{1,9})?){0,9}$/;

function readRetryAfter(headers: HeadersLike, wallNow: number): number | undefined {
  const value = readHeader(headers, 'retry-after')?.trim();
  if (value === undefined) return undefined;
  if (numbers.test(value)) {
    const times = value.split(',').map((each) => secondsOrEpoch(Number(each), wallNow));
    return Math.max(...times);
  }
  const date = readDate(value, wallNow);
  return date === undefined ? undefined : until(date, wallNow);
}
