import { describe, expect, it } from 'vitest';
import { BulkheadPolicy, Failsafe, TimeoutPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { fail, hold, rejection, succeed } from '../support/calls.ts';

const reason = new Error('changed my mind');

function bulkhead(
  maxConcurrent: number,
  maxQueued: number,
): { clock: ManualClock; policy: BulkheadPolicy } {
  const clock = new ManualClock();
  const policy = new BulkheadPolicy({ clock, maxConcurrent, maxQueued, maxWait: '1s' });
  return { clock, policy };
}

describe('a call that waits', () => {
  it('leaves the queue at once when it is cancelled, and blocks nobody behind it (cockatiel #112 #114)', async () => {
    const { policy } = bulkhead(1, 2);
    const running = hold(policy);
    const caller = new AbortController();
    const cancelled = hold(policy, { signal: caller.signal });
    const behind = hold(policy);
    caller.abort(reason);
    expect(await rejection(cancelled.result)).toBe(reason);
    expect(policy.queued).toBe(1);
    await running.succeed();
    await settle();
    expect([cancelled.ran, behind.ran]).toEqual([false, true]);
  });

  it('never gets a slot after it was rejected for waiting too long (failsafe-java #393 #400 #365, failsafe-go 0.6.4)', async () => {
    const { clock, policy } = bulkhead(1, 1);
    const running = hold(policy);
    const late = hold(policy);
    await clock.advance('1s');
    expect(await rejection(late.result)).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    await running.succeed();
    expect([late.ran, policy.inFlight, policy.queued]).toEqual([false, 0, 0]);
    expect(await succeed(policy)).toBe('fine');
  });

  it.each(['before', 'after'])(
    'gets one place or one rejection where its slot comes just %s its time is over (failsafe-java #365)',
    async (when) => {
      const { clock, policy } = bulkhead(1, 1);
      let end: (() => void) | undefined;
      const free = (): void => end?.();
      if (when === 'before') clock.setTimeout(free, 1_000);
      void policy.execute(() => new Promise<void>((resolve) => (end = resolve)));
      const waiting = hold(policy);
      // Timers of the same instant run in the order in which they were set.
      await settle();
      if (when === 'after') clock.setTimeout(free, 1_000);
      await clock.advance('1s');
      expect(waiting.ran).toBe(when === 'before');
      await waiting.succeed();
      expect([policy.inFlight, policy.queued, clock.pendingTimers]).toEqual([0, 0, 0]);
    },
  );

  it('is neither overtaken nor rejected by newcomers, at whatever moment they come (cockatiel, resilience4j #979)', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const { policy } = bulkhead(1, 1);
      const running = hold(policy);
      const accepted = hold(policy);
      const ended = running.succeed();
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      const newcomer = hold(policy);
      await ended;
      await settle();
      expect([accepted.ran, newcomer.ran]).toEqual([true, false]);
    }
  });

  it('and is given up from outside leaves no trace (failsafe-java #393)', async () => {
    const clock = new ManualClock();
    const policy = new BulkheadPolicy({ clock, maxConcurrent: 1, maxQueued: 5 });
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const both = new Failsafe({ policies: [timeout, policy] });
    const running = hold(policy);
    const waiting = Array.from({ length: 5 }, () => hold(both));
    await clock.advance('1s');
    for (const call of waiting) await rejection(call.result);
    expect(policy.queued).toBe(0);
    await running.succeed();
    expect([policy.inFlight, waiting.some((call) => call.ran)]).toEqual([0, false]);
  });
});

describe('a slot', () => {
  it('is given back exactly once, however the call ends (resilience4j #332 #263, failsafe-go 0.9.2)', async () => {
    const { policy } = bulkhead(2, 0);
    await succeed(policy);
    await fail(policy);
    await rejection(policy.execute(() => Promise.reject(reason)));
    const caller = new AbortController();
    const cancelled = hold(policy, { signal: caller.signal });
    caller.abort(reason);
    await cancelled.fail(reason);
    const permit = policy.tryAcquire();
    permit?.failure(reason);
    permit?.release();
    permit?.[Symbol.dispose]();
    expect(policy.inFlight).toBe(0);
    expect([hold(policy), hold(policy), hold(policy)].map((call) => call.ran)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is one of as many as numbers allow, and never one of none (Polly #2638, resilience4j #417)', async () => {
    const policy = new BulkheadPolicy({
      maxConcurrent: Number.MAX_SAFE_INTEGER,
      maxQueued: Infinity,
    });
    expect(Array.from({ length: 100 }, () => hold(policy)).every((call) => call.ran)).toBe(true);
    expect(() => new BulkheadPolicy({ maxConcurrent: 0 })).toThrow('maxConcurrent');
    expect(() => new BulkheadPolicy({ maxConcurrent: 2 ** 53 })).toThrow('maxConcurrent');
  });
});
