import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  HedgePolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

type Chain = readonly [string, (clock: ManualClock) => Policy];

/** Chains in which the function is inside one timeout, or several. */
const chains: readonly Chain[] = [
  ['a timeout', (clock) => new TimeoutPolicy({ clock, timeout: 100 })],
  [
    'two timeouts',
    (clock) =>
      new Failsafe({
        policies: [
          new TimeoutPolicy({ clock, timeout: 100 }),
          new TimeoutPolicy({ clock, timeout: 80 }),
        ],
      }),
  ],
  [
    'a timeout outside a retry and one inside',
    (clock) =>
      new Failsafe({
        policies: [
          new TimeoutPolicy({ clock, timeout: 100 }),
          new RetryPolicy({ clock, backoff: Backoff.none }),
          new TimeoutPolicy({ clock, timeout: 80 }),
          new CircuitBreakerPolicy({ clock }),
        ],
      }),
  ],
  [
    'a chain in a chain',
    (clock) =>
      new Failsafe({
        policies: [
          new TimeoutPolicy({ clock, timeout: 100 }),
          new BulkheadPolicy({ clock, maxConcurrent: 5 }),
          new Failsafe({ policies: [new TimeoutPolicy({ clock, timeout: 80 })] }),
        ],
      }),
  ],
];

describe.each(chains)('disarm() in %s', (_name, make) => {
  it('removes the deadline and its timer', async () => {
    const clock = new ManualClock();
    const call = hold(make(clock));
    await clock.advance(50);
    call.context!.disarm();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance('1h');
    expect(call.context!.signal.aborted).toBe(false);
    await call.succeed('late');
    expect(await call.result).toBe('late');
  });

  it('may be called first of all, and twice', async () => {
    const clock = new ManualClock();
    const result = make(clock).execute(async (context) => {
      context.disarm();
      context.disarm();
      await clock.advance('1h');
      return 'late';
    });
    expect(await result).toBe('late');
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the caller’s signal linked while the call runs', async () => {
    const clock = new ManualClock();
    const caller = new CountedSignal();
    const call = hold(make(clock), { signal: caller.signal });
    const { signal } = call.context!;
    call.context!.disarm();
    await clock.advance('1h');
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
    expect(await rejection(call.result)).toBe(boom);
  });

  it('keeps it linked after the call has ended, too (failsafe-go #123)', async () => {
    const clock = new ManualClock();
    const caller = new CountedSignal();
    const call = hold(make(clock), { signal: caller.signal });
    const { signal } = call.context!;
    call.context!.disarm();
    await call.succeed('headers');
    expect(await call.result).toBe('headers');
    await clock.advance('1h');
    expect(signal.aborted).toBe(false);
    caller.abort(boom);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(boom);
    expect(caller.listeners).toBe(0);
  });

  it('does not affect other calls', async () => {
    const clock = new ManualClock();
    const policy = make(clock);
    const calls = [hold(policy), hold(policy)];
    calls[0]!.context!.disarm();
    await clock.advance(1000);
    expect(calls[0]!.context!.signal.aborted).toBe(false);
    await rejection(calls[1]!.result);
    await calls[0]!.succeed();
    await settle();
  });
});

describe('a call without disarm()', () => {
  it('has a signal that a later abort by the caller does not reach', async () => {
    const clock = new ManualClock();
    const caller = new CountedSignal();
    const policy = new TimeoutPolicy({ clock, timeout: 100 });
    const call = hold(policy, { signal: caller.signal });
    const { signal } = call.context!;
    await call.succeed();
    expect(caller.listeners).toBe(0);
    caller.abort(boom);
    expect(signal.aborted).toBe(false);
  });

  it('has a signal that never aborts after the call, so that a body streams on (cockatiel #72, failsafe-go #123 #65)', async () => {
    const clock = new ManualClock();
    const policies = [
      new RetryPolicy({ clock }),
      new HedgePolicy({ clock, delay: '1s' }),
      new TimeoutPolicy({ clock, timeout: '1s' }),
    ];
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    await new Failsafe({ policies }).execute(
      ({ signal }) => {
        signals.push(signal);
      },
      { signal: caller.signal },
    );
    await clock.advance('1h');
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });
});

describe('disarm() in a retry', () => {
  it('applies to its attempt only: the inner timeout watches the next one', async () => {
    const clock = new ManualClock();
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.none }),
        new TimeoutPolicy({ clock, timeout: 100 }),
      ],
    });
    const ends: string[] = [];
    const result = failsafe.execute((context) => {
      const { attempt, signal } = context;
      signal.addEventListener('abort', () => ends.push(`${attempt} at ${clock.now()}`));
      if (attempt === 1) context.disarm();
      return new Promise((_resolve, reject) => {
        if (attempt === 1) clock.setTimeout(() => reject(boom), 500);
      });
    });
    const caught = rejection(result);
    await clock.advance(1000);
    await caught;
    expect(ends).toEqual(['2 at 600']);
  });
});

describe('disarm() after the call has ended', () => {
  it('does nothing', async () => {
    const clock = new ManualClock();
    const policy = new TimeoutPolicy({ clock, timeout: 100 });
    const calls = [hold(policy), hold(policy)];
    await calls[0]!.succeed();
    await clock.advance(100);
    await rejection(calls[1]!.result);
    for (const call of calls) call.context!.disarm();
    expect(clock.pendingTimers).toBe(0);
    expect(await policy.execute(() => 'next')).toBe('next');
  });
});
