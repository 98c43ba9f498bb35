import { describe, expect, it } from 'vitest';
import { RateLimiterPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { hold, succeed } from '../support/calls.ts';

describe('the number of calls that could start now', () => {
  it('is the burst at first, minus each call, and grows back to the burst with time', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ limit: 3, per: '1s', burst: 5, clock });
    const seen: number[] = [];
    for (let call = 0; call < 5; call++) {
      seen.push(limiter.available);
      await succeed(limiter);
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect(limiter.available).toBe(0);
    await clock.advance(333);
    expect(limiter.available).toBe(0);
    await clock.advance(1);
    expect(limiter.available).toBe(1);
    await clock.advance('1h');
    expect(limiter.available).toBe(5);
  });

  it('equals the number of admitted calls, whatever the rounding', async () => {
    for (const limit of [1, 3, 7, 9, 11, 13]) {
      const clock = new ManualClock();
      const limiter = new RateLimiterPolicy({ limit, per: '1s', clock });
      for (let call = limit; call > 0; call--) {
        expect(limiter.available).toBe(call);
        await succeed(limiter);
      }
      expect(limiter.available).toBe(0);
    }
  });

  it('is 0 while others wait', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ limit: 1, per: '1s', maxWait: '1m', clock });
    const caller = new AbortController();
    hold(limiter);
    hold(limiter, { signal: caller.signal });
    expect(limiter.available).toBe(0);
    caller.abort();
    await clock.advance('2s');
    expect(limiter.available).toBe(1);
  });

  it('is never below 0, even after a late timer admitted many calls at once', async () => {
    const clock = new ManualClock();
    const lateBy = 20;
    const late = {
      now: () => clock.now(),
      setTimeout: (fn: () => void, ms: number) => clock.setTimeout(fn, ms + lateBy),
      clearTimeout: (handle: unknown) => {
        clock.clearTimeout(handle);
      },
    };
    const limiter = new RateLimiterPolicy({
      limit: 1_000,
      per: '1s',
      burst: 1,
      maxWait: '1s',
      clock: late,
    });
    const calls = Array.from({ length: 15 }, () => succeed(limiter));
    await clock.advance(1 + lateBy);
    await Promise.all(calls);
    expect(limiter.available).toBe(0);
    expect(limiter.retryAfter).toBeGreaterThan(0);
    await clock.advance('1s');
    expect(limiter.available).toBe(1);
  });
});
