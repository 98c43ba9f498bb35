import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  BulkheadPolicy,
  ConcurrencyLimitError,
  Failsafe,
  isRejection,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { AdaptiveLimiterOptions, Clock, Priority } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom, fail, hold, rejection, succeed } from '../support/calls.ts';
import { CountingClock } from '../support/counting-clock.ts';
import { replace } from '../support/host.ts';

function limiterOf(options: AdaptiveLimiterOptions = {}) {
  const clock = new ManualClock();
  return { clock, limiter: new AdaptiveLimiterPolicy({ clock, ...options }) };
}

/** Rounds of calls, `atOnce` at a time, each of which takes `ms`. */
async function rounds(
  { limiter, clock }: ReturnType<typeof limiterOf>,
  [count, atOnce, ms]: readonly [count: number, atOnce: number, ms: number],
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const calls = Array.from({ length: atOnce }, () => hold(limiter));
    await clock.advance(ms);
    await Promise.all(calls.map((call) => call.succeed()));
  }
}

describe('an adaptive limiter', () => {
  it('runs as many calls at once as its limit and rejects the next', async () => {
    const { limiter } = limiterOf({ initialLimit: 2 });
    const calls = [hold(limiter), hold(limiter), hold(limiter)];
    expect(calls.map((call) => call.ran)).toEqual([true, true, false]);
    expect([limiter.limit, limiter.inFlight]).toEqual([2, 2]);
    expect(await rejection(calls[2]!.result)).toBeInstanceOf(ConcurrencyLimitError);
  });

  it('names itself in the rejection', async () => {
    const { limiter } = limiterOf({ name: 'search', initialLimit: 1 });
    hold(limiter);
    const error = (await fail(limiter)) as ConcurrencyLimitError;
    expect(error.name).toBe('ConcurrencyLimitError');
    expect(error.code).toBe('ERR_CONCURRENCY_LIMITED');
    expect(error.policyName).toBe('search');
    expect(error.message).toContain('"search"');
    expect(isRejection(error)).toBe(true);
  });

  it('frees a slot when a call ends, whatever its outcome', async () => {
    const { limiter } = limiterOf({ initialLimit: 1 });
    for (const outcome of ['1', '0']) {
      const call = hold(limiter);
      expect(limiter.inFlight).toBe(1);
      await call.settle(outcome);
      expect(limiter.inFlight).toBe(0);
    }
    expect(limiter.executeSync(() => limiter.inFlight)).toBe(1);
    expect(limiter.inFlight).toBe(0);
  });

  it('raises its limit only if the limit is used and the latency does not grow', async () => {
    const world = limiterOf({ initialLimit: 10 });
    await rounds(world, [40, 4, 50]);
    expect(world.limiter.limit).toBe(10);
    await rounds(world, [4, 10, 50]);
    expect(world.limiter.limit).toBeGreaterThan(10);
  });

  it('cuts its limit when the latency grows', async () => {
    const world = limiterOf({ initialLimit: 40 });
    await rounds(world, [4, 10, 50]);
    await rounds(world, [4, 40, 500]);
    expect(world.limiter.limit).toBeLessThanOrEqual(20);
    expect(world.limiter.limit).toBeGreaterThanOrEqual(1);
  });

  it('keeps its limit through an hour without calls, and then admits a burst', async () => {
    const world = limiterOf({ initialLimit: 10 });
    await rounds(world, [8, 10, 50]);
    const { limit } = world.limiter;
    await world.clock.advance('1h');
    expect(world.limiter.limit).toBe(limit);
    const burst = Array.from({ length: limit }, () => hold(world.limiter));
    expect(burst.every((call) => call.ran)).toBe(true);
    await world.clock.advance(50);
    await Promise.all(burst.map((call) => call.succeed()));
    expect(world.limiter.limit).toBeGreaterThanOrEqual(limit);
  });

  it('keeps working if the clock steps back', async () => {
    let now = 1e6;
    const clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => {} };
    const limiter = new AdaptiveLimiterPolicy({ clock });
    for (let i = 0; i < 200; i++) {
      const call = hold(limiter);
      now -= 1000;
      await call.succeed();
    }
    expect([limiter.limit, limiter.inFlight]).toEqual([20, 0]);
  });

  it('sets no timer', async () => {
    const clock = new CountingClock();
    const limiter = new AdaptiveLimiterPolicy({ clock, initialLimit: 2 });
    for (let i = 0; i < 100; i++) await Promise.all([succeed(limiter), succeed(limiter)]);
    expect(clock.set).toBe(0);
  });

  it.each([Number.NaN, Infinity, -Infinity, -1e9, Number.MAX_VALUE])(
    'keeps its limit within its bounds if the clock jumps to %d (failsafe-go samples whatever comes)',
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

  it('does not change its limit for one slow call, nor while it is idle (failsafe-go wants 50)', async () => {
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
});

describe('an adaptive limiter with priorities', () => {
  it('rejects the lowest priority first', () => {
    let priority: Priority = 'low';
    const { limiter } = limiterOf({ initialLimit: 16, priority: () => priority });
    const most = (['low', 'normal', 'high', 'critical'] as const).map((next) => {
      priority = next;
      while (hold(limiter).ran);
      return limiter.inFlight;
    });
    expect(most).toEqual([10, 12, 14, 16]);
  });

  it('passes the number of the attempt to the priority function', async () => {
    const seen: number[] = [];
    const { limiter } = limiterOf({
      priority: ({ attempt, signal }) => {
        seen.push(attempt);
        return signal.aborted ? 'low' : 'high';
      },
    });
    await succeed(limiter);
    expect(seen).toEqual([1]);
  });

  it('throws what the priority function throws, and keeps no slot', async () => {
    const { limiter } = limiterOf({
      priority: () => {
        throw boom;
      },
    });
    expect(await rejection(succeed(limiter))).toBe(boom);
    expect(limiter.inFlight).toBe(0);
  });

  it('throws a TypeError that names the option for an unknown priority', async () => {
    const { limiter } = limiterOf({ priority: () => 'urgent' as Priority });
    const error = (await rejection(succeed(limiter))) as TypeError;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^priority: "urgent" .*critical, high, normal, low/);
    expect(limiter.inFlight).toBe(0);
  });
});

describe('an adaptive limiter that judges outcomes', () => {
  it('does not take failures for fast answers', async () => {
    const world = limiterOf({ initialLimit: 40 });
    for (let i = 0; i < 20; i++) {
      await rounds(world, [1, 10, 50]);
      for (let j = 0; j < 5; j++) await fail(world.limiter);
    }
    expect(world.limiter.limit).toBe(40);
  });

  it('lowers its limit after many failures, but not after errors for which handle returns false', async () => {
    const failing = limiterOf().limiter;
    const answering = limiterOf({ handle: () => false }).limiter;
    for (let i = 0; i < 100; i++) await Promise.all([fail(failing), fail(answering)]);
    expect(failing.limit).toBeLessThan(20);
    expect(answering.limit).toBe(20);
  });

  it('frees the slot if a predicate throws, and the caller gets that error', async () => {
    const { limiter } = limiterOf({
      handle: () => {
        throw boom;
      },
    });
    expect(await fail(limiter, new Error('other'))).toBe(boom);
    expect(limiter.inFlight).toBe(0);
  });

  it('learns nothing from a cancelled call, which holds its slot until its function ends', async () => {
    const { limiter } = limiterOf();
    const events = recordEvents(limiter);
    for (let i = 0; i < 100; i++) {
      const caller = new AbortController();
      const call = hold(limiter, { signal: caller.signal });
      caller.abort(boom);
      expect(limiter.inFlight).toBe(1);
      await call.fail();
      expect(limiter.inFlight).toBe(0);
    }
    expect(limiter.limit).toBe(20);
    expect(events.events).toEqual([]);
  });

  it('learns nothing from a rejection by an inner policy', async () => {
    const { limiter, clock } = limiterOf();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const both = new Failsafe({ clock, policies: [limiter, bulkhead] });
    hold(bulkhead);
    for (let i = 0; i < 100; i++) await fail(both);
    expect([limiter.limit, limiter.inFlight]).toEqual([20, 0]);
  });

  it('counts the full time of an attempt that an outer timeout ended, which keeps its slot until it ends', async () => {
    const { limiter, clock } = limiterOf({ initialLimit: 40 });
    const events = recordEvents(limiter);
    const timeout = new TimeoutPolicy({ clock, timeout: 500 });
    const both = new Failsafe({ clock, policies: [timeout, limiter] });
    await rounds({ limiter, clock }, [4, 10, 50]);
    const calls = Array.from({ length: 40 }, () => hold(both));
    await clock.advance(500);
    expect(await rejection(calls[0]!.result)).toBeInstanceOf(TimeoutExceededError);
    expect(limiter.inFlight).toBe(40);
    // The deadlines themselves were enough: the limit is cut before any function ends.
    expect(limiter.limit).toBeLessThanOrEqual(20);
    const failures = events.of('failure');
    expect(failures.length).toBe(40);
    expect(failures[0]).toMatchObject({ attempt: 1, duration: 500 });
    for (const call of calls) await call.succeed();
    await clock.advance(0);
    expect(limiter.inFlight).toBe(0);
    expect(events.of('failure').length).toBe(40);
    expect(events.of('success').length).toBe(40);
  });

  it('counts the full time of a call that an inner timeout ended, even though that is a failure', async () => {
    const { limiter, clock } = limiterOf({ initialLimit: 40 });
    const timeout = new TimeoutPolicy({ clock, timeout: 500 });
    const both = new Failsafe({ clock, policies: [limiter, timeout] });
    await rounds({ limiter, clock }, [4, 10, 50]);
    Array.from({ length: 40 }, () => hold(both));
    await clock.advance(500);
    expect(limiter.inFlight).toBe(0);
    expect(limiter.limit).toBeLessThanOrEqual(20);
  });

  it('learns nothing from hundreds of cancelled calls, and frees their slots (failsafe-go 0.9.2)', async () => {
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

describe('the events of an adaptive limiter', () => {
  it('are one for each outcome or rejection, emitted when the slot is free', async () => {
    const { limiter, clock } = limiterOf({ initialLimit: 1 });
    const held: number[] = [];
    limiter.on('success', () => held.push(limiter.inFlight));
    limiter.on('failure', () => held.push(limiter.inFlight));
    const events = recordEvents(limiter);
    const first = hold(limiter);
    await rejection(succeed(limiter));
    await clock.advance(70);
    await first.succeed();
    await fail(limiter);
    expect(events.types).toEqual(['rejected', 'success', 'failure']);
    expect(events.of('success')[0]).toMatchObject({ attempt: 1, duration: 70 });
    expect(events.of('failure')[0]).toMatchObject({ attempt: 1, duration: 0, error: boom });
    expect(events.of('rejected')[0]!.error).toBeInstanceOf(ConcurrencyLimitError);
    expect(held).toEqual([0, 0]);
  });

  it('change nothing if a listener throws', async () => {
    const { limiter } = limiterOf();
    limiter.on('success', () => {
      throw boom;
    });
    const restore = replace(globalThis, 'reportError', () => {});
    expect(await succeed(limiter)).toBe('fine');
    restore();
    expect(limiter.inFlight).toBe(0);
  });
});

describe('a permit of an adaptive limiter', () => {
  it('takes a slot until it is settled, which counts once', () => {
    const { limiter } = limiterOf({ initialLimit: 1 });
    const permit = limiter.tryAcquire()!;
    expect(limiter.inFlight).toBe(1);
    expect(limiter.tryAcquire()).toBeUndefined();
    permit.success();
    permit.release();
    permit.failure(boom);
    expect(limiter.inFlight).toBe(0);
  });

  it('frees its slot without an outcome if it is released or disposed', () => {
    const { limiter } = limiterOf({ initialLimit: 1 });
    const events = recordEvents(limiter);
    limiter.tryAcquire()!.release();
    {
      using permit = limiter.tryAcquire()!;
      expect(permit).toBeDefined();
      expect(limiter.inFlight).toBe(1);
    }
    expect(limiter.inFlight).toBe(0);
    expect(events.events).toEqual([]);
  });
});

describe('an adaptive limiter around very short calls', () => {
  it('counts every call although it times only some of them', async () => {
    const { limiter, clock } = limiterOf({ initialLimit: 3 });
    for (let i = 0; i < 300; i++) {
      await (i % 3 === 0 ? fail(limiter) : succeed(limiter));
      expect(limiter.inFlight).toBe(0);
    }
    const calls = Array.from({ length: limiter.limit }, () => hold(limiter));
    expect(calls.every((call) => call.ran)).toBe(true);
    expect(await rejection(succeed(limiter))).toBeInstanceOf(ConcurrencyLimitError);
    await clock.advance(1);
    for (const call of calls) await call.succeed();
    expect(limiter.inFlight).toBe(0);
  });
});

describe('the settings of an adaptive limiter', () => {
  it('are plain data, with the defaults filled in', () => {
    const { limiter } = limiterOf({ name: 'search', priority: () => 'low' });
    const settings = {
      type: 'adaptiveLimiter',
      name: 'search',
      minLimit: 1,
      maxLimit: 200,
      initialLimit: 20,
      latencyTolerance: 1.5,
    };
    expect(limiter.settings).toEqual(settings);
    expect(JSON.parse(JSON.stringify(limiter.settings))).toEqual(settings);
  });
});
