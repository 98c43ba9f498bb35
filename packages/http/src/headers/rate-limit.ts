import { parseDictionary, parseList } from 'structured-headers';
import { readHeader } from './read.ts';
import type { HeadersLike } from './read.ts';
import { secondsOrEpoch } from './time.ts';

/** Longer values are not parsed: no limiter writes them. */
const longestValue = 1_000;

/** Older forms, a header for each number. The first that is there counts. */
const pairs = [
  { reset: 'ratelimit-reset', remaining: 'ratelimit-remaining' },
  { reset: 'x-ratelimit-reset', remaining: 'x-ratelimit-remaining' },
] as const;

/**
 * How long until a rate limit of the server has room again, in ms, by its RateLimit headers; `undefined` if
 * they don't say, or if something is left now. `wallNow` is the time in ms since the epoch.
 *
 * It reads `RateLimit` (draft 10 of the IETF, `"default";r=0;t=30`, and the older
 * `limit=100, remaining=0, reset=30`), `RateLimit-Reset` and `X-RateLimit-Reset`, each as seconds or as a
 * moment since the epoch.
 */
export function rateLimitReset(headers: HeadersLike, wallNow: number): number | undefined {
  const combined = readHeader(headers, 'ratelimit');
  const seconds = combined === undefined ? undefined : secondsOf(combined);
  if (seconds !== undefined) return secondsOrEpoch(seconds, wallNow);
  for (const { reset, remaining } of pairs) {
    const at = readNumber(readHeader(headers, reset));
    if (at === undefined) continue;
    const left = readNumber(readHeader(headers, remaining));
    return left === undefined || left <= 0 ? secondsOrEpoch(at, wallNow) : undefined;
  }
  return undefined;
}

/** The longest time of those limits of which nothing is left, in seconds. */
function secondsOf(value: string): number | undefined {
  if (value.length > longestValue) return undefined;
  const spent = limitsOf(value).filter(({ remaining }) => remaining === 0);
  const times = spent.map(({ reset }) => reset).filter((reset) => reset !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

interface Limit {
  readonly remaining: number | undefined;
  readonly reset: number | undefined;
}

function limitsOf(value: string): Limit[] {
  try {
    return parseList(value).map(([, parameters]) => ({
      remaining: amount(parameters.get('r')),
      reset: amount(parameters.get('t')),
    }));
  } catch {
    // Not a list; the older form is a dictionary.
  }
  try {
    const members = parseDictionary(value);
    const read = (name: string): number | undefined => amount(members.get(name)?.[0]);
    return [{ remaining: read('remaining'), reset: read('reset') }];
  } catch {
    return [];
  }
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function readNumber(value: string | undefined): number | undefined {
  const trimmed = value?.trim();
  return trimmed !== undefined && /^\d{1,20}(\.\d{1,9})?$/.test(trimmed)
    ? Number(trimmed)
    : undefined;
}
