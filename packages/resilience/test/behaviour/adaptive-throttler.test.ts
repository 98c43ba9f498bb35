import { describe, expect, it } from 'vitest';
import {
  AdaptiveThrottlerPolicy,
  BulkheadPolicy,
  Failsafe,
  isRejection,
  ThrottledError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { AdaptiveThrottlerOptions } from '@highway/resilience';
import { ManualClock, recordEvents, seededRandom } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';
import { CountingClock } from '../support/counting-clock.ts';

function throttlerOf(options: AdaptiveThrottlerOptions = {}) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  return { clock, throttler: new AdaptiveThrottlerPolicy({ clock, random, ...options }) };
}

/** Makes calls of a service that is down; gives how many of them it got. */
async function callDown(throttler: AdaptiveThrottlerPolicy, count: number): Promise<number> {
  let ran = 0;
  for (let i = 0; i < count; i++) {
    const call = throttler.execute(() => {
      ran++;
      throw boom;
    });
    await rejection(call);
  }
  return ran;
}

describe('an adaptive throttler', () => {
  it('rejects nothing while most calls succeed', async () => {
    const { throttler } = throttlerOf({ random: () => 0 });
    const results = await play(throttler, '0110'.repeat(50));
    expect(results.filter(isRejection)).toEqual([]);
    expect(throttler.rejectionRate).toBe(0);
  });

  it('rejects nothing for a few failures', async () => {
    const { throttler } = throttlerOf({ random: () => 0 });
    expect(await callDown(throttler, 6)).toBe(6);
    expect(await callDown(throttler, 10)).toBe(0);
  });

  it('rejects a share of the calls that grows with the failure rate', async () => {
    const { throttler } = throttlerOf();
    await play(throttler, '1'.repeat(40));
    const shares: number[] = [];
    for (let i = 0; i < 5; i++) {
      await callDown(throttler, 60);
      shares.push(throttler.rejectionRate);
    }
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[4]).toBeGreaterThan(0.4);
  });

  it('never rejects more than maxRejectionRate, so that it sees a recovery', async () => {
    const { throttler } = throttlerOf({ maxRejectionRate: 0.9 });
    await callDown(throttler, 10_000);
    expect(throttler.rejectionRate).toBe(0.9);
    const ran = await callDown(throttler, 10_000);
    expect(ran).toBeGreaterThan(900);
    expect(ran).toBeLessThan(1100);
  });

  it('names itself in the rejection', async () => {
    const { throttler } = throttlerOf({ name: 'mail', random: () => 0 });
    await callDown(throttler, 20);
    const error = (await rejection(succeed(throttler))) as ThrottledError;
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error.name).toBe('ThrottledError');
    expect(error.code).toBe('ERR_THROTTLED');
    expect(error.policyName).toBe('mail');
    expect(error.message).toContain('"mail"');
    expect(isRejection(error)).toBe(true);
  });

  it('recovers as successes come, and at once when its window has emptied', async () => {
    const { throttler, clock } = throttlerOf();
    await callDown(throttler, 200);
    expect(throttler.rejectionRate).toBeGreaterThan(0.8);
    for (let i = 0; i < 5000 && throttler.rejectionRate > 0; i++) {
      await succeed(throttler).catch(() => {});
    }
    expect(throttler.rejectionRate).toBe(0);
    await callDown(throttler, 5000);
    expect(throttler.rejectionRate).toBeGreaterThan(0.8);
    await clock.advance('10s');
    expect(throttler.rejectionRate).toBe(0);
    expect(await succeed(throttler)).toBe('fine');
  });

  it('does not count its own rejections', async () => {
    let draw = 0;
    const { throttler } = throttlerOf({ random: () => draw });
    await callDown(throttler, 50);
    const { rejectionRate } = throttler;
    expect(await callDown(throttler, 50)).toBe(0);
    expect(throttler.rejectionRate).toBe(rejectionRate);
    draw = 0.999;
    expect(await callDown(throttler, 50)).toBe(50);
    expect(throttler.rejectionRate).toBeGreaterThan(rejectionRate);
  });

  it('sets no timer', async () => {
    const clock = new CountingClock();
    const throttler = new AdaptiveThrottlerPolicy({ clock });
    await play(throttler, '10'.repeat(200));
    expect(clock.set).toBe(0);
  });

  it('forgets an outage as time passes, and admits every call then (failsafe-go reads stale sums)', async () => {
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

describe('an adaptive throttler that judges outcomes', () => {
  it('counts errors for which handle returns false as successes', async () => {
    const { throttler } = throttlerOf({ handle: (error) => error !== boom, random: () => 0 });
    expect(await callDown(throttler, 100)).toBe(100);
  });

  it('counts values for which handleResult returns true as failures', async () => {
    const { throttler } = throttlerOf({ handleResult: (value) => value === 503, random: () => 0 });
    const events = recordEvents(throttler);
    for (let i = 0; i < 20; i++) await throttler.execute(() => 503).catch(() => {});
    expect(throttler.rejectionRate).toBeGreaterThan(0);
    expect(events.of('failure')[0]).toMatchObject({ attempt: 1, value: 503 });
  });

  it('counts a call whose predicate throws as a failure, and the caller gets that error', async () => {
    const odd = new Error('odd');
    const throwing = (): boolean => {
      throw odd;
    };
    for (const options of [{ handle: throwing }, { handleResult: throwing }]) {
      const { throttler } = throttlerOf({ ...options, random: () => 0 });
      const call = 'handle' in options ? fail : succeed;
      for (let i = 0; i < 6; i++) {
        const caught: unknown = await call(throttler).catch((error: unknown) => error);
        expect(caught).toBe(odd);
      }
      expect(throttler.rejectionRate).toBeGreaterThan(0);
    }
  });

  it('counts neither rejections by inner policies nor cancelled calls', async () => {
    const { throttler, clock } = throttlerOf({ random: () => 0 });
    const events = recordEvents(throttler);
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const both = new Failsafe({ clock, policies: [throttler, bulkhead] });
    hold(bulkhead);
    for (let i = 0; i < 50; i++) {
      await fail(both);
      const caller = new AbortController();
      const call = hold(throttler, { signal: caller.signal });
      caller.abort(boom);
      await call.fail();
    }
    expect(throttler.rejectionRate).toBe(0);
    expect(events.events).toEqual([]);
  });

  it('counts an attempt that an outer timeout ended as one failure, at the deadline', async () => {
    const { throttler, clock } = throttlerOf({ handle: () => false });
    const events = recordEvents(throttler);
    const timeout = new TimeoutPolicy({ clock, timeout: 500 });
    const both = new Failsafe({ clock, policies: [timeout, throttler] });
    const calls = Array.from({ length: 20 }, () => hold(both));
    await clock.advance(500);
    expect(throttler.rejectionRate).toBeGreaterThan(0);
    const { rejectionRate } = throttler;
    for (const call of calls) await call.succeed();
    await clock.advance(0);
    expect(throttler.rejectionRate).toBe(rejectionRate);
    expect(events.of('failure').length).toBe(20);
    expect(events.of('failure')[0]).toMatchObject({ attempt: 1, duration: 500 });
    expect(events.of('success')).toEqual([]);
  });

  it('counts synchronous calls, too', () => {
    const { throttler } = throttlerOf({ random: () => 0 });
    const down = (): never => {
      throw boom;
    };
    for (let i = 0; i < 6; i++) expect(() => throttler.executeSync(down)).toThrow(boom);
    expect(() => throttler.executeSync(down)).toThrow(ThrottledError);
  });
});

describe('the events of an adaptive throttler', () => {
  it('are one for each outcome or rejection', async () => {
    const { throttler, clock } = throttlerOf({ random: () => 0 });
    const events = recordEvents(throttler);
    const first = hold(throttler);
    await clock.advance(70);
    await first.succeed();
    await callDown(throttler, 12);
    expect(events.of('success')).toMatchObject([{ attempt: 1, duration: 70 }]);
    expect(events.of('failure').length + events.of('rejected').length).toBe(12);
    expect(events.of('failure')[0]).toMatchObject({ attempt: 1, duration: 0, error: boom });
    expect(events.of('rejected')[0]!.error).toBeInstanceOf(ThrottledError);
  });

  it('have no duration if nobody listened when the call began', async () => {
    const { throttler } = throttlerOf({ handleResult: () => false });
    const call = hold(throttler);
    const events = recordEvents(throttler);
    await call.succeed();
    expect(events.of('success')).toMatchObject([{ duration: undefined }]);
  });
});

describe('a permit of an adaptive throttler', () => {
  it('counts once, as it is settled', () => {
    const { throttler } = throttlerOf({ random: () => 0 });
    for (let i = 0; i < 50; i++) throttler.tryAcquire()!.release();
    expect(throttler.rejectionRate).toBe(0);
    for (let i = 0; i < 6; i++) {
      const permit = throttler.tryAcquire()!;
      permit.failure(boom);
      permit.success();
      permit.failure(boom);
    }
    expect(throttler.rejectionRate).toBeCloseTo(1 / 11);
    expect(throttler.tryAcquire()).toBeUndefined();
  });
});

describe('the settings of an adaptive throttler', () => {
  it('are plain data, with the defaults filled in', () => {
    const { throttler } = throttlerOf({ name: 'mail', window: '30s' });
    const settings = {
      type: 'adaptiveThrottler',
      name: 'mail',
      window: 30_000,
      failureTolerance: 0.5,
      maxRejectionRate: 0.9,
    };
    expect(throttler.settings).toEqual(settings);
    expect(JSON.parse(JSON.stringify(throttler.settings))).toEqual(settings);
  });
});
