import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import type { Clock, Policy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { fail, hold, play } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

const kinds: readonly [string, (clock: Clock) => Policy][] = [
  ['a breaker', (clock) => new CircuitBreakerPolicy({ clock, failureThreshold: '2/4' })],
  ['a retry', (clock) => new RetryPolicy({ clock, maxRetries: 2, backoff: Backoff.fixed(10) })],
  [
    'a Failsafe',
    (clock) =>
      new Failsafe({
        policies: [
          new RetryPolicy({ clock, maxRetries: 2, backoff: Backoff.fixed(10) }),
          new CircuitBreakerPolicy({ clock, failureThreshold: '2/4' }),
        ],
      }),
  ],
];

describe.each(kinds)('%s that is idle', (_name, make) => {
  it('has no timer before, between and after its calls', async () => {
    const clock = new ManualClock();
    const policy = make(clock);
    expect(clock.pendingTimers).toBe(0);
    const playing = play(policy, '10011');
    await clock.advance('1m');
    await playing;
    expect(clock.pendingTimers).toBe(0);
    await clock.advance('1d');
    expect(clock.pendingTimers).toBe(0);
  });

  it('has no listener on a caller’s signal, however its calls ended', async () => {
    const clock = new ManualClock();
    const policy = make(clock);
    const caller = new CountedSignal();
    const calls = Array.from({ length: 9 }, () => hold(policy, { signal: caller.signal }));
    await Promise.all(calls.slice(0, 4).map((call) => call.succeed()));
    for (const call of calls.slice(4, 8)) void call.fail();
    await clock.advance('1m');
    expect(caller.listeners).toBeLessThanOrEqual(1);
    caller.abort();
    expect(caller.listeners).toBe(0);
    await calls[8]!.fail();
    expect([caller.listeners, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('sets no timer for a call that succeeds at once', async () => {
    const clock = new ManualClock();
    let timers = 0;
    const counting: Clock = {
      now: () => clock.now(),
      setTimeout: (fn, ms) => {
        timers++;
        return clock.setTimeout(fn, ms);
      },
      clearTimeout: (handle) => clock.clearTimeout(handle),
    };
    await play(make(counting), '111');
    expect(timers).toBe(0);
  });
});

describe('a breaker', () => {
  it('has no timer in any state', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '1/2' });
    await fail(breaker);
    expect([breaker.state, clock.pendingTimers]).toEqual(['OPEN', 0]);
    breaker.halfOpen();
    hold(breaker);
    expect([breaker.state, clock.pendingTimers]).toEqual(['HALF_OPEN', 0]);
    breaker.isolate();
    await settle();
    expect([breaker.state, clock.pendingTimers]).toEqual(['ISOLATED', 0]);
  });
});
