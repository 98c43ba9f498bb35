import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  isTimeout,
  PolicyRegistry,
  RetriesExceededError,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import type { HeldCall } from '../support/calls.ts';

const clock = (): ManualClock => new ManualClock();

async function nameOf(call: HeldCall): Promise<string | undefined> {
  const error = await rejection(call.result);
  expect(isTimeout(error)).toBe(true);
  return (error as TimeoutExceededError).policyName;
}

describe('nested timeouts (failsafe-java 3.2.3)', () => {
  const nested = (outerMs: number, innerMs: number) => {
    const time = clock();
    const outer = new TimeoutPolicy({ name: 'outer', clock: time, timeout: outerMs });
    const inner = new TimeoutPolicy({ name: 'inner', clock: time, timeout: innerMs });
    return { time, outer, inner };
  };
  const forms: [string, (outer: Policy, inner: Policy) => Policy][] = [
    ['in one chain', (outer, inner) => new Failsafe({ policies: [outer, inner] })],
    [
      'in a chain in a chain',
      (outer, inner) => new Failsafe({ policies: [outer, new Failsafe({ policies: [inner] })] }),
    ],
  ];

  it.each(forms)('report the inner one if its time is up first (%s)', async (_form, chain) => {
    const { time, outer, inner } = nested(100, 50);
    const call = hold(chain(outer, inner));
    await time.advance(50);
    expect(await nameOf(call)).toBe('inner');
    expect(call.context!.signal.reason).toBe(await rejection(call.result));
    expect(time.pendingTimers).toBe(0);
  });

  it.each(forms)('report the outer one if its time is up first (%s)', async (_form, chain) => {
    const { time, outer, inner } = nested(50, 100);
    const call = hold(chain(outer, inner));
    await time.advance(50);
    expect(await nameOf(call)).toBe('outer');
    expect(call.context!.signal.reason).toBe(await rejection(call.result));
    expect(time.pendingTimers).toBe(0);
  });

  it.each(forms)('emit one event (%s)', async (_form, chain) => {
    for (const [outerMs, innerMs, told] of [
      [100, 50, 'inner'],
      [50, 100, 'outer'],
    ] as const) {
      const { time, outer, inner } = nested(outerMs, innerMs);
      using recording = recordEvents(outer, inner);
      const call = hold(chain(outer, inner));
      await time.advance(200);
      await rejection(call.result);
      expect(recording.of('timeout').map(({ policyName }) => policyName)).toEqual([told]);
    }
  });

  it('behave the same if one is in the function of the other', async () => {
    const { time, outer, inner } = nested(50, 100);
    const result = outer.execute(({ signal }) =>
      inner.execute(() => new Promise(() => {}), { signal }),
    );
    const caught = rejection(result);
    await time.advance(50);
    expect(((await caught) as TimeoutExceededError).policyName).toBe('outer');
    expect(time.pendingTimers).toBe(0);
  });
});

describe('a timeout outside a retry', () => {
  function setup(timeout: number) {
    const time = clock();
    const failsafe = new Failsafe({
      policies: [
        new TimeoutPolicy({ clock: time, timeout }),
        new RetryPolicy({ clock: time, maxRetries: 5, backoff: Backoff.fixed(40) }),
      ],
      onWarning: () => {},
    });
    return { time, failsafe };
  }

  it('ends a wait between attempts (failsafe-java #234, Polly #1697)', async () => {
    const { time, failsafe } = setup(100);
    let calls = 0;
    const result = failsafe.execute(() => {
      calls++;
      throw boom;
    });
    const caught = rejection(result);
    await time.advance(100);
    expect(isTimeout(await caught)).toBe(true);
    expect([calls, time.pendingTimers]).toEqual([3, 0]);
    await time.advance(1000);
    expect(calls).toBe(3);
  });

  it('ends a running attempt, and no other follows', async () => {
    const { time, failsafe } = setup(100);
    const attempts: number[] = [];
    const result = failsafe.execute(({ attempt, signal }) => {
      attempts.push(attempt);
      return new Promise((_resolve, reject) => {
        time.setTimeout(() => reject(boom), 50);
        signal.addEventListener('abort', () => attempts.push(-attempt));
      });
    });
    const caught = rejection(result);
    await time.advance(1000);
    expect(isTimeout(await caught)).toBe(true);
    expect(attempts).toEqual([1, 2, -2]);
  });

  it('covers all attempts, while one inside covers each attempt', async () => {
    const time = clock();
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ clock: time, maxRetries: 2, backoff: Backoff.none }),
        new TimeoutPolicy({ clock: time, timeout: 100 }),
      ],
    });
    const starts: number[] = [];
    const caught = rejection(
      failsafe.execute(() => {
        starts.push(time.now());
        return new Promise(() => {});
      }),
    );
    await time.advance(300);
    const error = (await caught) as RetriesExceededError;
    expect(error).toBeInstanceOf(RetriesExceededError);
    expect(isTimeout(error.cause)).toBe(true);
    expect(starts).toEqual([0, 100, 200]);
  });
});

describe('a timeout', () => {
  it('makes an inner breaker record a failure at the deadline, whether or not the function heeds its signal', async () => {
    const time = clock();
    const breaker = new CircuitBreakerPolicy({ clock: time, failureThreshold: '1/1' });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const failsafe = new Failsafe({ policies: [timeout, breaker] });
    const call = hold(failsafe);
    await time.advance(99);
    expect(breaker.state).toBe('CLOSED');
    await time.advance(1);
    expect([breaker.state, breaker.retryAfter]).toEqual(['OPEN', 30_000]);
    await time.advance(500);
    await call.succeed();
    expect([breaker.state, breaker.history.failureCount]).toEqual(['OPEN', 1]);
    await rejection(call.result);
  });

  it('makes an inner breaker report the failure to a listener, whose abort is too late', async () => {
    const time = clock();
    const caller = new AbortController();
    const registry = new PolicyRegistry({
      clock: time,
      maxPolicies: 1,
      onWarning: () => {},
      circuitBreaker: { failureThreshold: '2/2', cooldown: 0 },
    });
    const breaker = registry.circuitBreaker('dependency');
    const stop = breaker.on('failure', () => caller.abort(boom));
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const failsafe = new Failsafe({ policies: [timeout, breaker] });
    const call = hold(failsafe, { signal: caller.signal });
    await time.advance(100);
    expect(isTimeout(await rejection(call.result))).toBe(true);
    expect([...breaker.history]).toEqual([false]);
    stop();
    // The attempt was settled once: the registry knows that one other is running.
    const other = hold(breaker);
    registry.circuitBreaker('another');
    expect(registry.circuitBreaker('dependency')).toBe(breaker);
    await other.succeed();
  });

  it('makes a breaker inside a retry record one failure, even deep inside', async () => {
    const time = clock();
    const breaker = new CircuitBreakerPolicy({ clock: time, failureThreshold: '9/9' });
    const failsafe = new Failsafe({
      policies: [
        new TimeoutPolicy({ clock: time, timeout: 100 }),
        new RetryPolicy({ clock: time, backoff: Backoff.none }),
        new Failsafe({ policies: [breaker] }),
      ],
      onWarning: () => {},
    });
    const call = hold(failsafe);
    await time.advance(100);
    expect([breaker.history.failureCount, breaker.history.length]).toEqual([1, 1]);
    expect(isTimeout(await rejection(call.result))).toBe(true);
    await call.fail();
    expect(breaker.history.length).toBe(1);
  });

  it('makes an inner breaker count a failure even if its `handle` returns false for timeouts', async () => {
    const time = clock();
    const breaker = new CircuitBreakerPolicy({ clock: time, handle: () => false });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const call = hold(new Failsafe({ policies: [timeout, breaker] }));
    await time.advance(100);
    expect(breaker.history.failureCount).toBe(1);
    await rejection(call.result);
  });

  it('makes an inner half-open breaker open at the deadline of a trial call', async () => {
    const time = clock();
    const breaker = new CircuitBreakerPolicy({ clock: time, failureThreshold: '1/1' });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    breaker.halfOpen();
    const call = hold(new Failsafe({ policies: [timeout, breaker] }));
    await time.advance(100);
    expect(breaker.state).toBe('OPEN');
    await rejection(call.result);
  });

  it('does not free the slot of an inner bulkhead until the function ends (opossum, bulkman 2.0.0)', async () => {
    const time = clock();
    const bulkhead = new BulkheadPolicy({ clock: time, maxConcurrent: 1, maxQueued: 1 });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const failsafe = new Failsafe({ policies: [timeout, bulkhead] });
    const first = hold(failsafe);
    await time.advance(100);
    expect(isTimeout(await rejection(first.result))).toBe(true);
    expect(bulkhead.inFlight).toBe(1);
    const second = hold(failsafe);
    expect([second.ran, bulkhead.queued]).toEqual([false, 1]);
    await first.succeed();
    await time.advance(0);
    expect([second.ran, bulkhead.inFlight, bulkhead.queued]).toEqual([true, 1, 0]);
    await second.succeed();
    expect(await second.result).toBe('fine');
    expect(bulkhead.inFlight).toBe(0);
  });

  it('removes a call from the queue of an inner bulkhead, and the call never runs (failsafe-java #393)', async () => {
    const time = clock();
    const bulkhead = new BulkheadPolicy({ clock: time, maxConcurrent: 1, maxQueued: 5 });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const failsafe = new Failsafe({ policies: [timeout, bulkhead] });
    const blocker = hold(bulkhead);
    const waiting = hold(failsafe);
    await time.advance(100);
    expect(isTimeout(await rejection(waiting.result))).toBe(true);
    expect([bulkhead.queued, time.pendingTimers]).toEqual([0, 0]);
    await blocker.succeed();
    expect([waiting.ran, bulkhead.inFlight]).toEqual([false, 0]);
  });

  it('is a failure for an outer breaker, unlike the rejection of a call that waits too long in an inner bulkhead (bulkman 2.0.0)', async () => {
    const time = new ManualClock();
    const bulkhead = new BulkheadPolicy({
      clock: time,
      maxConcurrent: 1,
      maxQueued: 1,
      maxWait: '1s',
    });
    const breaker = new CircuitBreakerPolicy({ clock: time });
    const all = new Failsafe({
      policies: [breaker, new TimeoutPolicy({ clock: time, timeout: '5s' }), bulkhead],
    });
    const running = hold(all);
    const waiting = hold(all);
    await time.advance('1s');
    expect(await rejection(waiting.result)).toMatchObject({ code: 'ERR_BULKHEAD_FULL' });
    expect(breaker.history.length).toBe(0);
    await time.advance('4s');
    expect(await rejection(running.result)).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect([breaker.history.length, breaker.history.failureCount]).toEqual([1, 1]);
    await running.fail();
    expect([breaker.history.length, bulkhead.inFlight, bulkhead.queued]).toEqual([1, 0, 0]);
  });
});

describe('a policy around a timeout', () => {
  it('may be a fallback, which reports a call once that a listener aborts as its outcome is reported', async () => {
    const time = clock();
    const caller = new AbortController();
    // A timeout further out says something about the dependency, so it is told of.
    const reason = new TimeoutExceededError(5);
    const fallback = new FallbackPolicy({ clock: time, fallback: 'unused' });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const bulkhead = new BulkheadPolicy({ clock: time, maxConcurrent: 1 });
    bulkhead.on('success', () => caller.abort(reason));
    using recording = recordEvents(fallback);
    const failsafe = new Failsafe({ policies: [fallback, timeout, bulkhead] });
    const call = hold(failsafe, { signal: caller.signal });
    await call.succeed();
    expect(await rejection(call.result)).toBe(reason);
    expect(recording.types).toEqual(['failure']);
    expect([bulkhead.inFlight, time.pendingTimers]).toEqual([0, 0]);
  });

  it('may be a bulkhead, which frees its slot at the deadline; time in its queue does not count', async () => {
    const time = clock();
    const bulkhead = new BulkheadPolicy({ clock: time, maxConcurrent: 1, maxQueued: 1 });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const failsafe = new Failsafe({ policies: [bulkhead, timeout] });
    const first = hold(failsafe);
    await time.advance(60);
    const second = hold(failsafe);
    await time.advance(40);
    expect(isTimeout(await rejection(first.result))).toBe(true);
    expect([second.ran, bulkhead.inFlight]).toEqual([true, 1]);
    await time.advance(99);
    expect(bulkhead.inFlight).toBe(1);
    await time.advance(1);
    expect(isTimeout(await rejection(second.result))).toBe(true);
    expect(bulkhead.inFlight).toBe(0);
  });

  it('may be a bulkhead inside another timeout, which frees its slot when the inner call ends', async () => {
    for (const [outerMs, innerMs] of [
      [100, 200],
      [200, 100],
    ] as const) {
      for (const joined of [true, false]) {
        const time = clock();
        const outer = new TimeoutPolicy({ clock: time, timeout: outerMs });
        const bulkhead = new BulkheadPolicy({ clock: time, maxConcurrent: 1 });
        const inner = new TimeoutPolicy({ clock: time, timeout: innerMs });
        const rest = joined ? [bulkhead, inner] : [new Failsafe({ policies: [bulkhead, inner] })];
        const call = hold(new Failsafe({ policies: [outer, ...rest] as Policy[] }));
        await time.advance(99);
        expect(bulkhead.inFlight).toBe(1);
        await time.advance(1);
        expect(isTimeout(await rejection(call.result))).toBe(true);
        expect(bulkhead.inFlight).toBe(0);
        await call.succeed();
        expect(bulkhead.inFlight).toBe(0);
      }
    }
  });

  it('may be a breaker, which judges timeouts by `handle` and `ignore`', async () => {
    for (const [options, counts] of [
      [{}, [1, 0]],
      [{ handle: (error: unknown) => !isTimeout(error) }, [0, 1]],
      [{ ignore: isTimeout }, [0, 0]],
    ] as const) {
      const time = clock();
      const breaker = new CircuitBreakerPolicy({ clock: time, ...options });
      const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
      const call = hold(new Failsafe({ policies: [breaker, timeout] }));
      await time.advance(100);
      await rejection(call.result);
      expect([breaker.history.failureCount, breaker.history.successCount]).toEqual(counts);
    }
  });

  it('may be a fallback, which answers for timeouts', async () => {
    const time = clock();
    const fallback = new FallbackPolicy({ fallback: (error: unknown) => isTimeout(error) });
    const timeout = new TimeoutPolicy({ clock: time, timeout: 100 });
    const call = hold(new Failsafe({ policies: [fallback, timeout] }));
    await time.advance(100);
    expect(await call.result).toBe(true);
  });
});
