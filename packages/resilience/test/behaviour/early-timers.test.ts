import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Clock, Policy } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { boom, hold } from '../support/calls.ts';
import { EarlyClock } from '../support/early-clock.ts';

/** How long each wait took, and how long it had to take at least. */
type Waits = [tookMs: number, ms: number][];

/** Starts a wait of `ms`, and notes when it is over. */
type Wait = (clock: Clock, ms: number, waits: Waits) => Promise<unknown>;

/** All waits of policies: each by one that waits as long as it is told. */
const kinds: Record<string, Wait> = {
  'the delay of a retry': (clock, ms, waits) => {
    const retry = new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.fixed(ms) });
    let failedAt = Number.NaN;
    return retry.execute(({ attempt }) => {
      if (attempt > 1) return void waits.push([clock.now() - failedAt, ms]);
      failedAt = clock.now();
      throw boom;
    });
  },
  'a timeout': (clock, ms, waits) => {
    const began = clock.now();
    const timeout = new TimeoutPolicy({ clock, timeout: ms });
    return timeout
      .execute(() => new Promise(() => {}))
      .catch(() => waits.push([clock.now() - began, ms]));
  },
  'the delay of a hedge': (clock, ms, waits) => {
    const began = clock.now();
    return new HedgePolicy({ clock, delay: ms }).execute(({ attempt }) => {
      if (attempt === 1) return new Promise(() => {});
      waits.push([clock.now() - began, ms]);
      return undefined;
    });
  },
  'maxWait of a bulkhead': (clock, ms, waits) => {
    const bulkhead: Policy = new BulkheadPolicy({
      clock,
      maxConcurrent: 1,
      maxQueued: 1,
      maxWait: ms,
    });
    hold(bulkhead);
    const began = clock.now();
    return bulkhead.execute(() => undefined).catch(() => waits.push([clock.now() - began, ms]));
  },
  'a permit of a rate limiter': (clock, ms, waits) => {
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: ms, burst: 1, maxWait: '1h' });
    const began = clock.now();
    void limiter.execute(() => undefined);
    return limiter.execute(() => void waits.push([clock.now() - began, ms]));
  },
};

/** Not more than rounding of times. */
const inexactMs = 1e-5;

function expectInTime(waits: Waits, most: number): void {
  for (const [took, ms] of waits) {
    expect(took).toBeGreaterThan(ms - inexactMs);
    expect(took).toBeLessThan(ms + most);
  }
}

describe.each(Object.entries(kinds))('%s', (_name, wait) => {
  it('never ends early on timers that fire early and drop fractions, and hardly late', async () => {
    const random = seededRandom(7);
    const clock = new EarlyClock(random);
    const waits: Waits = [];
    for (let i = 0; i < 200; i++) {
      const done = wait(clock, 1 + 40 * random(), waits);
      await clock.advance(100);
      await done;
    }
    expect(waits).toHaveLength(200);
    expectInTime(waits, 1.5);
  });

  it('sets a timer again that fired early, rounded up', async () => {
    const clock = new EarlyClock(() => 0);
    const waits: Waits = [];
    void wait(clock, 20.75, waits);
    await clock.advance(100);
    expect(clock.set).toEqual([20.75, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('never ends early on the timers of the host', async () => {
    const { systemClock } = await import('@highway/resilience');
    const random = seededRandom(11);
    const waits: Waits = [];
    const all = Array.from({ length: 300 }, () => wait(systemClock, 1 + 60 * random(), waits));
    await Promise.all(all);
    expect(waits).toHaveLength(300);
    expectInTime(waits, Infinity);
  });
});
