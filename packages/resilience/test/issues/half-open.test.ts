import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError, rate } from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { fail, hold, play, rejection, succeed } from '../support/calls.ts';

/** A breaker whose wait is over: the next call is a trial call. */
async function waited(
  options: CircuitBreakerOptions = {},
): Promise<{ breaker: CircuitBreakerPolicy; clock: ManualClock }> {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', ...options });
  breaker.open();
  await clock.advance('1s');
  return { breaker, clock };
}

describe('a half-open circuit', () => {
  it('admits exactly the trial window when a burst meets it (Polly #216, opossum #119 #120, resilience4j #343 #1432)', async () => {
    const { breaker } = await waited({ successThreshold: '5/5', maxConcurrentTrials: Infinity });
    const calls = Array.from({ length: 50 }, () => hold(breaker));
    expect(calls.filter((call) => call.ran)).toHaveLength(5);
    for (const call of calls.slice(5)) {
      expect(await rejection(call.result)).toBeInstanceOf(CircuitOpenError);
    }
    for (const call of calls.slice(0, 5)) await call.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('gives the place of a trial call back whose error is ignored (Polly #1979, resilience4j #544, opossum #389)', async () => {
    const notFound = new Error('not found');
    const { breaker } = await waited({
      successThreshold: '1/1',
      ignore: (error) => error === notFound,
    });
    expect(await fail(breaker, notFound)).toBe(notFound);
    expect(breaker.state).toBe('HALF_OPEN');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('takes an unhandled error of a trial call for a success (Polly #1979)', async () => {
    const { breaker } = await waited({ successThreshold: '1/1', handle: () => false });
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('opens again when a trial call fails, below the minimum of calls too (opossum #276)', async () => {
    const { breaker } = await waited({
      failureThreshold: rate(0.5, { over: '10s', minimumCalls: 100 }),
      successThreshold: '1/1',
    });
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('recovers from a trial call that never settles (resilience4j #935)', async () => {
    const { breaker, clock } = await waited({ successThreshold: '1/1' });
    const hung = hold(breaker);
    expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
    await clock.advance('1s');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
    await hung.fail();
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('neither closes nor opens when the caller cancels a trial call (resilience4j #682)', async () => {
    const { breaker } = await waited({ successThreshold: '1/1' });
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    caller.abort();
    // The place is free at the abort, before the function has settled.
    const next = hold(breaker);
    expect([breaker.state, next.ran]).toEqual(['HALF_OPEN', true]);
    await cancelled.fail(caller.signal.reason);
    expect(breaker.state).toBe('HALF_OPEN');
    await next.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it.each([undefined, null, 0, '', 'down', Symbol('down'), { then: 1 }])(
    'frees the place of a trial call that throws %s (resilience4j and failsafe-go lose it)',
    async (thrown) => {
      const { breaker, clock } = await waited({ successThreshold: '2/3' });
      expect(await fail(breaker, thrown)).toBe(thrown);
      expect(await fail(breaker, thrown)).toBe(thrown);
      expect(breaker.state).toBe('OPEN');
      await clock.advance('1s');
      await play(breaker, '11');
      expect(breaker.state).toBe('CLOSED');
    },
  );

  it('keeps to its quota over time, however calls are recorded (failsafe-java #391)', async () => {
    const { breaker } = await waited({ successThreshold: '3/4', maxConcurrentTrials: 4 });
    await play(breaker, '10');
    const burst = Array.from({ length: 10 }, () => hold(breaker));
    expect(burst.filter((call) => call.ran)).toHaveLength(2);
    await burst[0]!.succeed();
    expect(hold(breaker).ran).toBe(false);
    await burst[1]!.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('judges the last calls, not a time, where the closed state judges a time (resilience4j #597)', async () => {
    const { breaker, clock } = await waited({
      failureThreshold: rate(0.5, { over: '10s', minimumCalls: 4 }),
    });
    await play(breaker, '1');
    await clock.advance('2h');
    await play(breaker, '1');
    await clock.advance('2h');
    await play(breaker, '1');
    expect(breaker.state).toBe('CLOSED');
  });

  it('takes one place for a call, decorated or not (resilience4j #1003)', async () => {
    const { breaker } = await waited({ successThreshold: '2/2' });
    const wrapped = breaker(async () => new Promise(() => {}));
    void wrapped();
    void wrapped();
    expect(await rejection(wrapped())).toBeInstanceOf(CircuitOpenError);
  });

  it('keeps nobody waiting for its trial calls, and hands those their signal (cockatiel #112)', async () => {
    const { breaker } = await waited({ successThreshold: '1/1' });
    const caller = new AbortController();
    const trial = hold(breaker, { signal: caller.signal });
    const surplus = hold(breaker, { signal: new AbortController().signal });
    await settle();
    expect(await rejection(surplus.result)).toBeInstanceOf(CircuitOpenError);
    caller.abort();
    expect(trial.context?.signal.aborted).toBe(true);
  });

  it('survives being half-opened again, and calls from inside its transition (resilience4j #562 #674 #2038)', async () => {
    const inner: string[] = [];
    const { breaker } = await waited({
      successThreshold: '1/1',
      onStateChange: (policy, _from, to) => {
        if (to === 'HALF_OPEN') inner.push(hold(policy).ran ? 'ran' : 'rejected');
      },
    });
    await rejection(succeed(breaker));
    expect(inner).toEqual(['ran']);
    breaker.halfOpen();
    expect(breaker.state).toBe('HALF_OPEN');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('lets a predicate that throws strand no slot (resilience4j #2209)', async () => {
    const confused = new TypeError('confused');
    const { breaker, clock } = await waited({
      successThreshold: '1/1',
      handle: () => {
        throw confused;
      },
    });
    expect(await fail(breaker)).toBe(confused);
    expect(breaker.state).toBe('OPEN');
    await clock.advance('1s');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });
});
