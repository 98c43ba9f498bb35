import { describe, expect, it } from 'vitest';
import { AdaptiveLimiterPolicy, AdaptiveThrottlerPolicy } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { hold, play, succeed } from '../support/calls.ts';

describe('an adaptive limit', () => {
  it.each([Number.NaN, Infinity, -Infinity, -1e9, Number.MAX_VALUE])(
    'stays a limit where the clock jumps to %d (failsafe-go samples whatever comes)',
    async (jump) => {
      let now = 0;
      const clock: Clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => undefined };
      const limiter = new AdaptiveLimiterPolicy({ clock, minLimit: 2, maxLimit: 50 });
      for (let i = 0; i < 500; i++) {
        const call = hold(limiter);
        now = i % 7 === 0 ? jump : i;
        await call.succeed();
      }
      expect(limiter.limit).toBeGreaterThanOrEqual(2);
      expect(limiter.limit).toBeLessThanOrEqual(50);
      expect(limiter.inFlight).toBe(0);
    },
  );

  it('does not move for one sample, nor for an idle time (failsafe-go wants 50)', async () => {
    const clock = new ManualClock();
    const limiter = new AdaptiveLimiterPolicy({ clock, initialLimit: 10 });
    const slow = hold(limiter);
    await clock.advance('1m');
    await slow.succeed();
    await clock.advance('24h');
    expect(limiter.limit).toBe(10);
    expect(await succeed(limiter)).toBe('fine');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not sample what its caller cancelled, and gives the place back (failsafe-go 0.9.2)', async () => {
    const clock = new ManualClock();
    const limiter = new AdaptiveLimiterPolicy({ clock, initialLimit: 10 });
    for (let i = 0; i < 400; i++) {
      const caller = new AbortController();
      const call = hold(limiter, { signal: caller.signal });
      await clock.advance(i < 50 ? 1 : 1_000);
      if (i < 50) await call.succeed();
      else {
        caller.abort();
        await call.fail(caller.signal.reason);
      }
    }
    expect(limiter.inFlight).toBe(0);
    expect(limiter.limit).toBeGreaterThanOrEqual(10);
  });
});

describe('a throttler', () => {
  it('forgets an outage by the time that has passed, on admission too (failsafe-go reads stale sums)', async () => {
    const clock = new ManualClock();
    const random = seededRandom(1);
    const throttler = new AdaptiveThrottlerPolicy({ clock, random, window: '10s' });
    await play(throttler, '0'.repeat(200));
    expect(throttler.rejectionRate).toBeGreaterThan(0.5);
    await clock.advance('1h');
    expect(throttler.rejectionRate).toBe(0);
    expect(await play(throttler, '1'.repeat(20))).toEqual(Array.from({ length: 20 }, () => 'fine'));
  });
});
