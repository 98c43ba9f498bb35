import { describe, expect, it } from 'vitest';
import {
  BulkheadFullError,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
} from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { CountingClock } from '../support/counting-clock.ts';

function setup(maxWait?: number, maxQueued = Infinity) {
  const clock = new CountingClock();
  const bulkhead = new BulkheadPolicy({
    clock,
    maxConcurrent: 1,
    maxQueued,
    ...(maxWait !== undefined && { maxWait }),
  });
  const blocker = hold(bulkhead);
  return { clock, bulkhead, blocker };
}

describe('a call that waits for a slot in a bulkhead', () => {
  it('leaves the queue at once when its caller aborts, and never runs (cockatiel #112 #114)', async () => {
    const { clock, bulkhead, blocker } = setup();
    const caller = new CountedSignal();
    const calls = [hold(bulkhead), hold(bulkhead, { signal: caller.signal }), hold(bulkhead)];
    expect(bulkhead.queued).toBe(3);
    caller.abort(boom);
    expect([bulkhead.queued, caller.listeners]).toEqual([2, 0]);
    expect(await rejection(calls[1]!.result)).toBe(boom);
    await blocker.succeed();
    expect(calls.map((call) => call.ran)).toEqual([true, false, false]);
    await calls[0]!.succeed();
    expect(calls.map((call) => call.ran)).toEqual([true, false, true]);
    await calls[2]!.succeed();
    expect([bulkhead.inFlight, bulkhead.queued, clock.set]).toEqual([0, 0, 0]);
  });

  it('frees its place in the queue for the next caller', async () => {
    const { bulkhead, blocker } = setup(undefined, 1);
    const caller = new AbortController();
    const waiting = hold(bulkhead, { signal: caller.signal });
    expect(await rejection(hold(bulkhead).result)).toBeInstanceOf(BulkheadFullError);
    caller.abort(boom);
    const next = hold(bulkhead);
    expect(bulkhead.queued).toBe(1);
    await blocker.succeed();
    expect([waiting.ran, next.ran]).toEqual([false, true]);
    await next.succeed();
  });

  it('does not run if the call that was admitted before it cancels it', async () => {
    const { bulkhead, blocker } = setup();
    const caller = new AbortController();
    const first = bulkhead.execute(() => caller.abort(boom));
    const second = hold(bulkhead, { signal: caller.signal });
    await blocker.succeed();
    await first;
    expect(await rejection(second.result)).toBe(boom);
    expect([second.ran, bulkhead.inFlight, bulkhead.queued]).toEqual([false, 0, 0]);
  });

  it('passes its slot on if its own function aborts it', async () => {
    const { bulkhead, blocker } = setup();
    const caller = new AbortController();
    const first = bulkhead.execute(() => caller.abort(boom), { signal: caller.signal });
    const second = hold(bulkhead);
    await blocker.succeed();
    await first;
    await settle();
    expect(second.ran).toBe(true);
    await second.succeed();
    expect(bulkhead.inFlight).toBe(0);
  });

  it('holds its slot until its function ends once it runs, even after an abort', async () => {
    const { bulkhead, blocker } = setup();
    const caller = new CountedSignal();
    const second = hold(bulkhead, { signal: caller.signal });
    const third = hold(bulkhead);
    await blocker.succeed();
    expect(second.ran).toBe(true);
    caller.abort(boom);
    await settle();
    expect(second.context!.signal.reason).toBe(boom);
    expect([third.ran, bulkhead.inFlight, bulkhead.queued]).toEqual([false, 1, 1]);
    await second.succeed('late');
    expect(await second.result).toBe('late');
    expect([third.ran, bulkhead.inFlight]).toEqual([true, 1]);
    await third.succeed();
  });

  it('is rejected after maxWait and no sooner, and never runs (failsafe-java #393 #400 #365, failsafe-go 0.6.4)', async () => {
    const { clock, bulkhead, blocker } = setup(100);
    const waiting = hold(bulkhead);
    await clock.advance(99);
    expect(bulkhead.queued).toBe(1);
    await clock.advance(1);
    expect([bulkhead.queued, clock.pendingTimers]).toEqual([0, 0]);
    expect(await rejection(waiting.result)).toBeInstanceOf(BulkheadFullError);
    await blocker.succeed();
    expect([waiting.ran, bulkhead.inFlight]).toEqual([false, 0]);
  });

  it('is rejected after its own maxWait, independently of other waiting calls', async () => {
    const { clock, bulkhead, blocker } = setup(100, 2);
    const ends: string[] = [];
    const start = (label: string): void => {
      hold(bulkhead).result.catch(() => ends.push(`${label} at ${clock.now()}`));
    };
    start('a');
    await clock.advance(40);
    start('b');
    start('c');
    await clock.advance(500);
    expect(ends).toEqual(['c at 40', 'a at 100', 'b at 140']);
    await blocker.succeed();
  });

  it('is not rejected once it runs', async () => {
    const { clock, bulkhead, blocker } = setup(100);
    const waiting = hold(bulkhead);
    await clock.advance(99);
    await blocker.succeed();
    expect([waiting.ran, clock.pendingTimers]).toEqual([true, 0]);
    await clock.advance(1000);
    await waiting.succeed('late');
    expect(await waiting.result).toBe('late');
  });

  it('shares one timer with all other waiting calls', async () => {
    const { clock, bulkhead, blocker } = setup(100);
    const caller = new CountedSignal();
    const calls = Array.from({ length: 1000 }, () => hold(bulkhead, { signal: caller.signal }));
    await settle();
    expect([clock.pendingTimers, clock.set, caller.most]).toEqual([1, 1, 1]);
    caller.abort(boom);
    expect([clock.pendingTimers, caller.listeners, bulkhead.queued]).toEqual([0, 0, 0]);
    for (const call of calls) expect(await rejection(call.result)).toBe(boom);
    await blocker.succeed();
  });

  it('is rejected at once if maxWait is 0', async () => {
    const { clock, bulkhead } = setup(0);
    expect(await rejection(hold(bulkhead).result)).toBeInstanceOf(BulkheadFullError);
    expect(clock.set).toBe(0);
  });

  it('waits for ever, without a timer, if maxWait is Infinity', async () => {
    const { clock, bulkhead, blocker } = setup(Infinity);
    const waiting = hold(bulkhead);
    await clock.advance({ days: 400 });
    expect(clock.set).toBe(0);
    await blocker.succeed();
    expect(waiting.ran).toBe(true);
    await waiting.succeed();
  });

  it.each(['before', 'after'])(
    'gets either a slot or a rejection if a slot is freed just %s its maxWait ends (failsafe-java #365)',
    async (when) => {
      const clock = new ManualClock();
      const policy = new BulkheadPolicy({ clock, maxConcurrent: 1, maxQueued: 1, maxWait: '1s' });
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
});

describe('a slot that ten thousand wait for', () => {
  it('goes to each in turn if an inner policy rejects them, without growing the stack', async () => {
    const { clock, bulkhead, blocker } = setup();
    const breaker = new CircuitBreakerPolicy({ clock });
    const failsafe = new Failsafe({ policies: [bulkhead, breaker] });
    const calls = Array.from({ length: 10_000 }, () => hold(failsafe));
    expect(bulkhead.queued).toBe(10_000);
    breaker.open();
    await blocker.succeed();
    await settle();
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
    const errors = await Promise.all(calls.map((call) => rejection(call.result)));
    expect(errors.every((error) => error instanceof CircuitOpenError)).toBe(true);
    expect(calls.some((call) => call.ran)).toBe(false);
  });

  it('goes to each in turn if each function throws at once', async () => {
    const { bulkhead, blocker } = setup();
    const calls = Array.from({ length: 10_000 }, () =>
      bulkhead.execute(() => {
        throw boom;
      }),
    );
    const errors = Promise.all(calls.map(rejection));
    await blocker.succeed();
    expect((await errors).every((error) => error === boom)).toBe(true);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
  });

  it('is no longer waited for when their common caller aborts', async () => {
    const { bulkhead, blocker } = setup(50);
    const caller = new CountedSignal();
    using recording = recordEvents(bulkhead);
    const calls = Array.from({ length: 10_000 }, () => hold(bulkhead, { signal: caller.signal }));
    caller.abort(boom);
    expect([bulkhead.queued, caller.listeners]).toEqual([0, 0]);
    const errors = await Promise.all(calls.map((call) => rejection(call.result)));
    expect(errors.every((error) => error === boom)).toBe(true);
    expect(recording.types.filter((type) => type !== 'queued')).toEqual([]);
    await blocker.succeed();
  });
});
