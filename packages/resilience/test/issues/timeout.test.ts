import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  HedgePolicy,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection, succeed } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

const reason = new Error('changed my mind');

function chain(...policies: Policy[]): Failsafe {
  return new Failsafe({ policies, onWarning: () => {} });
}

describe('a timeout', () => {
  it('does not end a call before its time, and tells of it once (cockatiel #16 #27)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const told: string[] = [];
    for (const type of ['success', 'failure', 'timeout'] as const) {
      timeout.on(type, () => told.push(type));
    }
    const inTime = hold(timeout);
    await clock.advance(999);
    await inTime.succeed();
    expect(told).toEqual(['success']);
    const late = hold(timeout);
    await clock.advance('1s');
    await late.fail();
    expect(told).toEqual(['success', 'timeout']);
  });

  it('does not mask an error that comes with the end of the time (Polly #620, failsafe-java 2.3.0)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const work = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        clock.setTimeout(() => reject(boom), 1_000);
      });
    const call = rejection(timeout.execute(work));
    await clock.advance('1s');
    expect(await call).toBe(boom);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not what a caller gets who cancels, not even at the deadline (Polly #3094)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    for (const at of [500, 1_000]) {
      const caller = new AbortController();
      clock.setTimeout(() => caller.abort(reason), at);
      const call = hold(timeout, { signal: caller.signal });
      await clock.advance('1s');
      expect(await rejection(call.result)).toBe(reason);
      expect(call.context?.signal.reason).toBe(reason);
    }
  });

  it('ends the attempts and the waits of a retry inside it (failsafe-java #234, Polly #1697)', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, backoff: Backoff.fixed('1s'), maxRetries: 9 });
    const both = chain(new TimeoutPolicy({ clock, timeout: '2500ms' }), retry);
    let attempts = 0;
    const call = rejection(
      both.execute(() => {
        attempts++;
        throw boom;
      }),
    );
    await clock.advance('1h');
    expect(await call).toBeInstanceOf(TimeoutExceededError);
    expect([attempts, clock.pendingTimers]).toEqual([3, 0]);
  });

  it.each([
    ['outer', '1s', '5s'],
    ['inner', '5s', '1s'],
  ])(
    'of two, the %s one is named where it ends first (fs-java 3.2.3)',
    async (name, outer, inner) => {
      const clock = new ManualClock();
      const both = chain(
        new TimeoutPolicy({ clock, timeout: outer, name: 'outer' }),
        new TimeoutPolicy({ clock, timeout: inner, name: 'inner' }),
      );
      const call = hold(both);
      await clock.advance('1s');
      expect(await rejection(call.result)).toMatchObject({ policyName: name });
      expect(call.context?.signal.reason).toMatchObject({ policyName: name });
    },
  );

  it('leaves the signal of a call that has returned alone, so that its body streams on (cockatiel #72, failsafe-go #123 #65)', async () => {
    const clock = new ManualClock();
    const policies = [
      new RetryPolicy({ clock }),
      new HedgePolicy({ clock, delay: '1s' }),
      new TimeoutPolicy({ clock, timeout: '1s' }),
    ];
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    await chain(...policies).execute(
      ({ signal }) => {
        signals.push(signal);
      },
      { signal: caller.signal },
    );
    await clock.advance('1h');
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });

  it('stops watching a body that streams on, which the caller can cancel still (failsafe-go #123)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const caller = new AbortController();
    const call = hold(timeout, { signal: caller.signal });
    const signal = call.context!.signal;
    call.context!.disarm();
    await clock.advance('1h');
    expect(signal.aborted).toBe(false);
    await call.succeed();
    caller.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  it('holds no timer once its call has ended, however that did (resilience4j, cockatiel #11)', async () => {
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

  it('leaves no listener on a signal that lives long (cockatiel #69 #81, failsafe-go #134)', async () => {
    const caller = new CountedSignal();
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const calls = Array.from({ length: 30 }, () => hold(timeout, { signal: caller.signal }));
    for (const call of calls.slice(0, 10)) await call.succeed();
    for (const call of calls.slice(10, 20)) await call.fail();
    await clock.advance('1s');
    expect([caller.most, caller.listeners]).toEqual([1, 0]);
  });

  it('frees no slot of a bulkhead while the work goes on (opossum, bulkman 2.0.0)', async () => {
    const clock = new ManualClock();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const both = chain(new TimeoutPolicy({ clock, timeout: '1s' }), bulkhead);
    const slow = hold(both);
    await clock.advance('1s');
    expect(await rejection(slow.result)).toBeInstanceOf(TimeoutExceededError);
    expect(bulkhead.inFlight).toBe(1);
    expect(await rejection(succeed(both))).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    await slow.succeed();
    await settle();
    expect(bulkhead.inFlight).toBe(0);
  });

  it('in the queue is a rejection, and after the start a failure; both are told of once (bulkman 2.0.0)', async () => {
    const clock = new ManualClock();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1, maxQueued: 1, maxWait: '1s' });
    const breaker = new CircuitBreakerPolicy({ clock });
    const all = chain(breaker, new TimeoutPolicy({ clock, timeout: '5s' }), bulkhead);
    const running = hold(all);
    const waiting = hold(all);
    await clock.advance('1s');
    expect(await rejection(waiting.result)).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    expect(breaker.history.length).toBe(0);
    await clock.advance('4s');
    expect(await rejection(running.result)).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect([breaker.history.length, breaker.history.failureCount]).toEqual([1, 1]);
    await running.fail();
    expect([breaker.history.length, bulkhead.inFlight, bulkhead.queued]).toEqual([1, 0, 0]);
  });
});
