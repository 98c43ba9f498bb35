import { describe, expect, it } from 'vitest';
import { isTimeout, TimeoutPolicy } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

function setup() {
  const clock = new ManualClock();
  const caller = new CountedSignal();
  return { clock, caller, policy: new TimeoutPolicy({ clock, timeout: 100 }) };
}

describe('when the caller aborts, a timeout', () => {
  it('rejects at once with the reason, even if the function ignores its signal', async () => {
    const { caller, policy } = setup();
    const call = hold(policy, { signal: caller.signal });
    caller.abort(boom);
    expect(await rejection(call.result)).toBe(boom);
    expect(call.context!.signal.reason).toBe(boom);
  });

  it('has no timer and no listener any more', async () => {
    const { clock, caller, policy } = setup();
    const call = hold(policy, { signal: caller.signal });
    await clock.advance(50);
    expect([clock.pendingTimers, caller.listeners]).toEqual([1, 1]);
    caller.abort(boom);
    expect([clock.pendingTimers, caller.listeners]).toEqual([0, 0]);
    await rejection(call.result);
  });

  it('does not report a timeout, even if the deadline passes afterwards', async () => {
    const { clock, caller, policy } = setup();
    using recording = recordEvents(policy);
    const call = hold(policy, { signal: caller.signal });
    await clock.advance(99);
    caller.abort(boom);
    await clock.advance(1000);
    expect(await rejection(call.result)).toBe(boom);
    expect(recording.types).not.toContain('timeout');
  });

  it('reports no outcome, however the function ends later', async () => {
    for (const outcome of ['1', '0']) {
      const { caller, policy } = setup();
      using recording = recordEvents(policy);
      const call = hold(policy, { signal: caller.signal });
      caller.abort(boom);
      await call.settle(outcome);
      await settle();
      expect(recording.types).toEqual([]);
    }
  });

  it('rejects with the reason, not a timeout, if the abort comes just before the deadline (Polly #3094)', async () => {
    const { clock, caller, policy } = setup();
    clock.setTimeout(() => caller.abort(boom), 100);
    const call = hold(policy, { signal: caller.signal });
    await clock.advance(100);
    expect(await rejection(call.result)).toBe(boom);
  });

  it('rejects with the timeout if the abort comes after it', async () => {
    const { clock, caller, policy } = setup();
    const call = hold(policy, { signal: caller.signal });
    await clock.advance(100);
    caller.abort(boom);
    const error = await rejection(call.result);
    expect(isTimeout(error)).toBe(true);
    expect(call.context!.signal.reason).toBe(error);
  });

  it('rejects with the reason, whatever that is, even undefined', async () => {
    for (const reason of ['text', 0, null, false]) {
      const { caller, policy } = setup();
      const call = hold(policy, { signal: caller.signal });
      caller.abort(reason);
      expect(await rejection(call.result)).toBe(reason);
    }
  });

  it('rejects with a reason that is itself a timeout of another policy', async () => {
    const outer = setup();
    const strange = hold(outer.policy);
    await outer.clock.advance(100);
    const foreign = await rejection(strange.result);
    const { caller, policy } = setup();
    using recording = recordEvents(policy);
    const call = hold(policy, { signal: caller.signal });
    caller.abort(foreign);
    expect(await rejection(call.result)).toBe(foreign);
    expect(recording.types).toEqual([]);
  });

  it('does not affect other calls', async () => {
    const { clock, caller, policy } = setup();
    const others = [hold(policy), hold(policy)];
    const call = hold(policy, { signal: caller.signal });
    caller.abort(boom);
    await rejection(call.result);
    await others[0]!.succeed();
    await clock.advance(100);
    expect(await others[0]!.result).toBe('fine');
    expect(isTimeout(await rejection(others[1]!.result))).toBe(true);
  });

  it('rejects a thousand calls that share the signal, with one listener', async () => {
    const { clock, caller, policy } = setup();
    const calls = Array.from({ length: 1000 }, () => hold(policy, { signal: caller.signal }));
    await settle();
    expect(caller.most).toBe(1);
    caller.abort(boom);
    for (const call of calls) expect(await rejection(call.result)).toBe(boom);
    expect([caller.listeners, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('runs nothing if its own function, which decides the time, aborts the call', async () => {
    const clock = new ManualClock();
    const caller = new CountedSignal();
    const policy = new TimeoutPolicy({
      clock,
      timeout: () => {
        caller.abort(boom);
        return 100;
      },
    });
    const call = hold(policy, { signal: caller.signal });
    expect(await rejection(call.result)).toBe(boom);
    await clock.advance(100);
    expect([call.ran, clock.pendingTimers, caller.listeners]).toEqual([false, 0, 0]);
  });

  it('has no listener left for calls that ended before (cockatiel #69 #81, failsafe-go #134)', async () => {
    const caller = new CountedSignal();
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const calls = Array.from({ length: 30 }, () => hold(timeout, { signal: caller.signal }));
    for (const call of calls.slice(0, 10)) await call.succeed();
    for (const call of calls.slice(10, 20)) await call.fail();
    await clock.advance('1s');
    expect([caller.most, caller.listeners]).toEqual([1, 0]);
  });
});
