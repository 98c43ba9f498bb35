import { describe, expect, it } from 'vitest';
import { readRateLimiterOptions } from './options.ts';
import type { RateLimiterOptions } from './options.ts';

const given: RateLimiterOptions = { limit: 10, per: '1s' };

describe('the options of a rate limiter', () => {
  it('have defaults: a burst as large as the limit, and no wait', () => {
    expect(readRateLimiterOptions(given)).toMatchObject({
      limit: 10,
      per: 1000,
      burst: 10,
      maxWait: 0,
    });
  });

  it('may set the burst, and how long a call waits', () => {
    const options = { ...given, burst: 3, maxWait: Infinity };
    expect(readRateLimiterOptions(options)).toMatchObject({ burst: 3, maxWait: Infinity });
  });

  it.each<[keyof RateLimiterOptions, unknown, RegExp]>([
    ['limit', 0, /integer of at least 1/],
    ['limit', Infinity, /integer of at least 1/],
    ['per', 0, /a duration above 0/],
    ['per', Infinity, /milliseconds/],
    ['burst', 0, /integer of at least 1/],
    ['burst', 1.5, /integer of at least 1/],
    ['maxWait', -1, /milliseconds/],
  ])('are rejected by name: %s of %s', (option, value, allowed) => {
    const read = (): unknown => readRateLimiterOptions({ ...given, [option]: value });
    expect(read).toThrow(RangeError);
    expect(read).toThrow(`${option}: ${String(value)} is invalid`);
    expect(read).toThrow(allowed);
  });
});
