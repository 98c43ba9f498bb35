import { describe, expect, it } from 'vitest';
import { RateLimiterPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { hold, rejection, succeed } from '../support/calls.ts';

describe('a rate limiter', () => {
  it('refunds the permit of a call that is cancelled while it waits (failsafe, resilience4j keep it)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1m', maxWait: '1m' });
    await succeed(limiter);
    const caller = new AbortController();
    const cancelled = hold(limiter, { signal: caller.signal });
    caller.abort();
    await rejection(cancelled.result);
    const next = hold(limiter);
    await clock.advance('1m');
    expect([cancelled.ran, next.ran]).toEqual([false, true]);
  });

  it('moves those who wait behind a cancelled call up (failsafe, resilience4j)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s', maxWait: '10s' });
    await succeed(limiter);
    const caller = new AbortController();
    const first = hold(limiter, { signal: caller.signal });
    const second = hold(limiter);
    await clock.advance(500);
    caller.abort();
    await rejection(first.result);
    await clock.advance(500);
    expect(second.ran).toBe(true);
  });

  it('has all its permits from the start (resilience4j #61)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 5, per: '1m' });
    const calls = Array.from({ length: 6 }, () => hold(limiter));
    expect(calls.filter((call) => call.ran)).toHaveLength(5);
    expect(await rejection(calls[5]!.result)).toMatchObject({ retryAfter: 12_000 });
  });

  it('rejects at once whom it could not serve in time (resilience4j sleeps first)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '10s', maxWait: '1s' });
    await succeed(limiter);
    expect(await rejection(succeed(limiter))).toMatchObject({ code: 'ERR_RATE_LIMITED' });
    expect(clock.now()).toBe(0);
  });

  it('holds no timer where nobody waits (resilience4j #1221)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s', maxWait: '1s' });
    await succeed(limiter);
    expect(clock.pendingTimers).toBe(0);
    const waiting = hold(limiter);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance('1s');
    await waiting.succeed();
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives back a permit that was not used, once (failsafe-go 0.9.2)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1m' });
    const permit = limiter.tryAcquire();
    permit?.release();
    permit?.release();
    expect([hold(limiter).ran, hold(limiter).ran]).toEqual([true, false]);
    await settle();
  });
});
