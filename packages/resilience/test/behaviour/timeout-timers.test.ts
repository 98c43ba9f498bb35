import { describe, expect, it } from 'vitest';
import { isTimeout, TimeoutPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountingClock } from '../support/counting-clock.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function setup() {
  const clock = new CountingClock();
  return { clock, policy: new TimeoutPolicy({ clock, timeout: 100 }) };
}

describe('the timers of a timeout', () => {
  it('are none while it is idle', async () => {
    const { clock, policy } = setup();
    expect(clock.pendingTimers).toBe(0);
    await policy.execute(() => 1);
    await rejection(policy.execute(() => Promise.reject(boom)));
    expect(clock.pendingTimers).toBe(0);
  });

  it('are none for calls that settle at once, in sequence', async () => {
    const { clock, policy } = setup();
    for (let i = 0; i < 100; i++) await policy.execute(async () => i);
    expect(clock.set).toBe(0);
  });

  it('are none for calls that settle at once and start in the listener of the one before', async () => {
    const { clock, policy } = setup();
    let left = 100;
    policy.on('success', () => {
      if (left-- > 0) void policy.execute(() => 1);
    });
    const reasons = await unhandledRejections(() => policy.execute(() => 1));
    expect([left, clock.set, reasons]).toEqual([-1, 0, []]);
  });

  it('include one as soon as two calls run', () => {
    const { clock, policy } = setup();
    hold(policy);
    hold(policy);
    expect(clock.pendingTimers).toBe(1);
  });

  it('are one for 100,000 running calls, and none right after the last', async () => {
    const { clock, policy } = setup();
    const ends: ((value: string) => void)[] = [];
    const calls = Array.from({ length: 100_000 }, () =>
      policy.execute(() => new Promise<string>((resolve) => ends.push(resolve))),
    );
    await settle();
    expect([clock.pendingTimers, clock.set]).toEqual([1, 1]);
    for (const end of ends) end('done');
    const results = await Promise.all(calls);
    expect(results.every((result) => result === 'done')).toBe(true);
    expect([clock.pendingTimers, clock.set]).toEqual([0, 1]);
  });

  it('are never more than one, however calls start and end', async () => {
    const { clock, policy } = setup();
    let timeouts = 0;
    for (let i = 0; i < 200; i++) {
      const call = hold(policy);
      call.result.catch((error: unknown) => (timeouts += isTimeout(error) ? 1 : 0));
      await clock.advance(7);
      if (i % 3 === 0) await call.succeed();
    }
    await clock.advance(100);
    expect([clock.most, clock.pendingTimers]).toEqual([1, 0]);
    expect(timeouts).toBe(133);
    // One for each deadline that passed, and a few for those that were gone.
    expect(clock.set).toBeLessThanOrEqual(200);
  });

  it('are set for the earliest deadline, whatever the order of the calls', async () => {
    const clock = new CountingClock();
    const times = [500, 20, 300, 20.5, 1];
    const policy = new TimeoutPolicy({ clock, timeout: () => times.shift()! });
    const ends: number[] = [];
    for (let i = 0; i < 5; i++) hold(policy).result.catch(() => ends.push(clock.now()));
    await clock.advance(1000);
    expect(ends).toEqual([1, 20, 20.5, 300, 500]);
    expect([clock.most, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('are none after the deadline, even if the function still runs', async () => {
    const { clock, policy } = setup();
    const call = hold(policy);
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
    await rejection(call.result);
    await call.succeed();
    expect(clock.pendingTimers).toBe(0);
  });

  it('are set again if the host fires them early', async () => {
    const { clock, policy } = setup();
    // Hosts round: a timer may come a fraction of a millisecond before its time.
    const early: typeof clock.setTimeout = (fn, ms) =>
      CountingClock.prototype.setTimeout.call(clock, fn, ms > 1 ? ms - 0.5 : ms);
    clock.setTimeout = early;
    const call = hold(policy);
    let at = Number.NaN;
    call.result.catch(() => (at = clock.now()));
    await clock.advance(200);
    // What is left is rounded up to a whole millisecond.
    expect(at).toBe(100.5);
  });

  it('are set for a call that a function starts at the deadline of another call', async () => {
    const { clock, policy } = setup();
    const ends: number[] = [];
    const first = hold(policy);
    hold(policy).result.catch(() => ends.push(clock.now()));
    first.context!.signal.addEventListener('abort', () => {
      hold(policy).result.catch(() => ends.push(clock.now()));
    });
    await clock.advance(500);
    expect(ends).toEqual([100, 200]);
    expect(clock.pendingTimers).toBe(0);
    await rejection(first.result);
  });

  it('end three thousand calls with the same deadline together', async () => {
    const { clock, policy } = setup();
    const calls = Array.from({ length: 3_000 }, () => hold(policy));
    await clock.advance(100);
    for (const call of calls) expect(isTimeout(await rejection(call.result))).toBe(true);
    expect([clock.pendingTimers, clock.set]).toEqual([0, 1]);
  });

  it('are none once all calls have ended, whatever their outcomes (resilience4j, cockatiel #11)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1h' });
    const caller = new AbortController();
    const [one, other, cancelled] = [
      hold(timeout),
      hold(timeout),
      hold(timeout, { signal: caller.signal }),
    ];
    await rejection(
      timeout.execute(() => {
        throw boom;
      }),
    );
    await one.succeed();
    await other.fail();
    expect(clock.pendingTimers).toBe(1);
    caller.abort();
    await rejection(cancelled.result);
    expect(clock.pendingTimers).toBe(0);
  });
});
