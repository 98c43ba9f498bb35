import { describe, expect, it } from 'vitest';
import { isRejection, RateLimiterPolicy, RateLimitExceededError } from '@highway/resilience';
import type { RateLimiterOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, play, succeed } from '../support/calls.ts';

function limiterOf(options: Partial<RateLimiterOptions> = {}) {
  const clock = new ManualClock();
  return { clock, limiter: new RateLimiterPolicy({ clock, limit: 5, per: '1s', ...options }) };
}

/** How many of so many calls at once are let in. */
async function admitted(limiter: RateLimiterPolicy, calls: number): Promise<number> {
  const results = await play(limiter, '1'.repeat(calls));
  return results.filter((result) => result === 'fine').length;
}

describe('a rate limiter', () => {
  it('admits a first burst at once, as large as the limit by default (resilience4j #61)', async () => {
    const { limiter } = limiterOf();
    expect(await admitted(limiter, 10)).toBe(5);
  });

  it('has the burst that is given, smaller or larger than the limit', async () => {
    for (const burst of [1, 3, 12]) {
      const { limiter } = limiterOf({ burst });
      expect(await admitted(limiter, 20)).toBe(burst);
    }
  });

  it('refills at the rate of its limit, one permit after the other', async () => {
    const { clock, limiter } = limiterOf();
    await admitted(limiter, 5);
    await clock.advance(199);
    expect(await admitted(limiter, 5)).toBe(0);
    await clock.advance(1);
    expect(await admitted(limiter, 5)).toBe(1);
    await clock.advance(600);
    expect(await admitted(limiter, 5)).toBe(3);
  });

  it('never has more permits than the burst, however long nobody calls', async () => {
    const { clock, limiter } = limiterOf({ burst: 3 });
    for (const pause of ['1s', '1h', { days: 3650 }]) {
      await clock.advance(pause);
      expect(await admitted(limiter, 10)).toBe(3);
    }
  });

  it('names itself and the wait in the rejection', async () => {
    const { clock, limiter } = limiterOf({ name: 'api' });
    await admitted(limiter, 5);
    await clock.advance(30);
    const error = (await fail(limiter)) as RateLimitExceededError;
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error.name).toBe('RateLimitExceededError');
    expect(error.code).toBe('ERR_RATE_LIMITED');
    expect(error.policyName).toBe('api');
    expect(error.retryAfter).toBeCloseTo(170, 6);
    expect(isRejection(error)).toBe(true);
  });

  it('has a permit after exactly the time that it reported, and not before', async () => {
    const { clock, limiter } = limiterOf({ limit: 4 });
    await admitted(limiter, 4);
    for (let i = 0; i < 5; i++) {
      await clock.advance(17);
      const { retryAfter } = (await fail(limiter)) as RateLimitExceededError;
      expect(retryAfter).toBe(limiter.retryAfter);
      await clock.advance(retryAfter - 1);
      expect(await admitted(limiter, 3)).toBe(0);
      await clock.advance(1);
      expect(limiter.retryAfter).toBe(0);
      expect(await admitted(limiter, 3)).toBe(1);
    }
  });

  it('counts calls, whatever their outcome', async () => {
    const { limiter } = limiterOf({ limit: 3 });
    expect(await play(limiter, '010')).toEqual([boom, 'fine', boom]);
    expect(await fail(limiter)).toBeInstanceOf(RateLimitExceededError);
  });

  it('counts a call when it starts, however long it takes', async () => {
    const { clock, limiter } = limiterOf({ limit: 1 });
    const call = hold(limiter);
    await clock.advance(1000);
    const next = hold(limiter);
    expect([call.ran, next.ran]).toEqual([true, true]);
    await call.succeed();
    await next.succeed();
  });

  it('keeps intervals of fractional milliseconds over any time', async () => {
    const { clock, limiter } = limiterOf({ limit: 3, per: '1s' });
    let calls = 0;
    for (let second = 0; second < 100; second++) {
      for (let i = 0; i < 1000; i += 5) {
        if (limiter.tryAcquire() !== undefined) calls++;
        await clock.advance(5);
      }
    }
    // The first burst, and three for each second.
    expect(calls).toBe(3 + 300 - 1);
  });

  it('spaces three permits per second by thirds of a second', async () => {
    const { clock, limiter } = limiterOf({ limit: 3, per: '1s' });
    await admitted(limiter, 3);
    expect(limiter.retryAfter).toBeCloseTo(1000 / 3, 6);
    await clock.advance(1000);
    expect(await admitted(limiter, 5)).toBe(3);
  });

  it('shows its settings, with the defaults filled in', () => {
    const { limiter } = limiterOf({ name: 'api' });
    expect(limiter.settings).toEqual({
      type: 'rateLimiter',
      name: 'api',
      limit: 5,
      per: 1000,
      burst: 5,
      maxWait: 0,
    });
  });

  it('has a timer only while a call waits (resilience4j #1221)', async () => {
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
});

describe('a permit of a rate limiter', () => {
  it('is returned when it is released or disposed unsettled', async () => {
    const { limiter } = limiterOf({ limit: 1 });
    limiter.tryAcquire()!.release();
    expect(limiter.retryAfter).toBe(0);
    {
      using permit = limiter.tryAcquire();
      expect(permit).toBeDefined();
      expect(limiter.retryAfter).toBe(1000);
    }
    expect(await succeed(limiter)).toBe('fine');
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('is spent when it is settled, whatever its outcome', () => {
    const { limiter } = limiterOf({ limit: 2 });
    limiter.tryAcquire()!.success();
    limiter.tryAcquire()!.failure(boom);
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('goes to a waiting call at once when it is returned', async () => {
    const { clock, limiter } = limiterOf({ limit: 1, maxWait: '5s' });
    const permit = limiter.tryAcquire()!;
    const waiting = [hold(limiter), hold(limiter)];
    permit.release();
    await settle();
    expect(waiting.map((call) => call.ran)).toEqual([true, false]);
    await clock.advance(1000);
    expect(waiting.map((call) => call.ran)).toEqual([true, true]);
    await Promise.all(waiting.map((call) => call.succeed()));
  });

  it('is not added to a full bucket when it is returned late', async () => {
    const { clock, limiter } = limiterOf({ limit: 2 });
    const permit = limiter.tryAcquire()!;
    await clock.advance('1h');
    permit.release();
    expect(await admitted(limiter, 10)).toBe(2);
  });

  it('is not granted while calls wait', async () => {
    const { clock, limiter } = limiterOf({ limit: 1, maxWait: '5s' });
    await succeed(limiter);
    const waiting = hold(limiter);
    expect(limiter.tryAcquire()).toBeUndefined();
    await clock.advance(1000);
    expect(waiting.ran).toBe(true);
    expect(limiter.tryAcquire()).toBeUndefined();
    await waiting.succeed();
  });

  it('is returned once, however often it is released (failsafe-go 0.9.2)', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1m' });
    const permit = limiter.tryAcquire();
    permit?.release();
    permit?.release();
    expect([hold(limiter).ran, hold(limiter).ran]).toEqual([true, false]);
  });
});
