import { describe, expect, it } from 'vitest';
import { retryAfterOf, waitAskedBy } from './retry-after.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 250);

describe('retryAfterOf', () => {
  it.each([
    ['0', 0],
    ['2', 2_000],
    [' 2 ', 2_000],
    ['1.5', 1_500],
    ['Fri, 02 Jan 2026 03:04:06 GMT', 750],
    ['Friday, 02-Jan-26 03:04:06 GMT', 750],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Fri Jan  2 03:04:06 2026', 750],
    ['Fri, 02 Jan 2026 03:04:05 GMT', 0],
    [String(Math.floor(now / 1_000) + 10), 9_750],
    [String(now + 30), 30],
    ['1, 3', 3_000],
  ])('reads %j', (value, expected) => {
    expect(retryAfterOf({ 'retry-after': value }, now)).toBe(expected);
    expect(retryAfterOf(new Headers({ 'Retry-After': value }), now)).toBe(expected);
  });

  it.each([
    '',
    '-1',
    'soon',
    '2s',
    '0x10',
    '1e3',
    'Infinity',
    'NaN',
    'soon 1',
    'Fri, 31 Feb 2026 03:04:06 GMT',
    'Fri, 02 Jan 2026 25:04:06 GMT',
    'Fri, 02 Jan 2026 03:04:06 CET',
    '2026-01-02T03:04:06Z',
    '9'.repeat(500),
  ])('reads nothing from %j', (value) => {
    expect(retryAfterOf({ 'retry-after': value }, now)).toBeUndefined();
  });

  it('reads records with names in any case, numbers and lists', () => {
    expect(retryAfterOf({ 'Retry-After': '1' }, now)).toBe(1_000);
    expect(retryAfterOf({ 'RETRY-AFTER': 1 }, now)).toBe(1_000);
    expect(retryAfterOf({ 'retry-after': ['1', '2'] }, now)).toBe(2_000);
    expect(retryAfterOf({ 'retry-after': undefined }, now)).toBeUndefined();
    expect(retryAfterOf({}, now)).toBeUndefined();
  });

  it('takes the time of the system if it gets none', () => {
    expect(retryAfterOf({ 'retry-after': 'Fri, 02 Jan 1998 03:04:06 GMT' })).toBe(0);
  });

  it('prefers Retry-After to the RateLimit headers', () => {
    const headers = { 'retry-after': '1', ratelimit: '"default";r=0;t=30' };
    expect(retryAfterOf(headers, now)).toBe(1_000);
  });

  it.each([
    [{ ratelimit: '"default";r=0;t=30' }, 30_000],
    [{ ratelimit: '"default";r=0;t=0' }, 0],
    [{ ratelimit: '"default";r=5;t=30' }, undefined],
    [{ ratelimit: '"default";r=0' }, undefined],
    [{ ratelimit: '"a";r=0;t=3, "b";r=0;t=9, "c";r=1;t=60' }, 9_000],
    [{ ratelimit: 'limit=10, remaining=0, reset=7' }, 7_000],
    [{ ratelimit: 'limit=10, remaining=1, reset=7' }, undefined],
    [{ ratelimit: '"default";r=0;t=-3' }, undefined],
    [{ ratelimit: '"default' }, undefined],
    [{ 'ratelimit-reset': '3' }, 3_000],
    [{ 'ratelimit-reset': '3', 'ratelimit-remaining': '0' }, 3_000],
    [{ 'ratelimit-reset': '3', 'ratelimit-remaining': '2' }, undefined],
    [{ 'x-ratelimit-reset': '3', 'x-ratelimit-remaining': '0' }, 3_000],
    [{ 'x-ratelimit-reset': String(Math.floor(now / 1_000) + 10) }, 9_750],
    [{ 'x-ratelimit-reset': String(now + 5) }, 5],
    [{ 'x-ratelimit-reset': 'later' }, undefined],
  ])('reads %j', (headers, expected) => {
    expect(retryAfterOf(headers, now)).toBe(expected);
  });

  it('counts the RateLimit headers in answers with status 429 and 503 only', () => {
    const headers = { ratelimit: '"default";r=0;t=30' };
    for (const [status, expected] of [
      [429, 30_000],
      [503, 30_000],
      [500, undefined],
      [200, undefined],
    ] as const) {
      expect(waitAskedBy(status, headers, now)).toBe(expected);
      expect(waitAskedBy(status, { 'retry-after': '1' }, now)).toBe(1_000);
    }
  });
});
