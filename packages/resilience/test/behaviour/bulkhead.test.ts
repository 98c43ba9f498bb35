import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  Failsafe,
  isRejection,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import type { BulkheadOptions } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, fail, hold, rejection, succeed } from '../support/calls.ts';

function bulkheadOf(options: Partial<BulkheadOptions> = {}) {
  const clock = new ManualClock();
  return { clock, bulkhead: new BulkheadPolicy({ clock, maxConcurrent: 2, ...options }) };
}

describe('a bulkhead', () => {
  it('runs as many calls at once as it has slots and rejects the next', async () => {
    const { bulkhead } = bulkheadOf();
    const calls = [hold(bulkhead), hold(bulkhead), hold(bulkhead)];
    expect(calls.map((call) => call.ran)).toEqual([true, true, false]);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([2, 0]);
    expect(await rejection(calls[2]!.result)).toBeInstanceOf(BulkheadFullError);
  });

  it('names itself in the rejection', async () => {
    const { bulkhead } = bulkheadOf({ name: 'db', maxConcurrent: 1 });
    hold(bulkhead);
    const error = (await fail(bulkhead)) as BulkheadFullError;
    expect(error.name).toBe('BulkheadFullError');
    expect(error.code).toBe('ERR_BULKHEAD_FULL');
    expect(error.policyName).toBe('db');
    expect(error.message).toContain('db');
    expect(isRejection(error)).toBe(true);
  });

  it('frees a slot when a call ends, whatever its outcome, at once or later', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1 });
    for (const outcome of ['1', '0']) {
      const call = hold(bulkhead);
      expect(bulkhead.inFlight).toBe(1);
      await call.settle(outcome);
      expect(bulkhead.inFlight).toBe(0);
    }
    expect(await bulkhead.execute(() => 'at once')).toBe('at once');
    expect(await fail(bulkhead)).toBe(boom);
    expect(bulkhead.inFlight).toBe(0);
  });

  it('keeps the slot while the function runs, even after the caller has aborted', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1 });
    const caller = new AbortController();
    const call = hold(bulkhead, { signal: caller.signal });
    caller.abort(boom);
    expect(call.context!.signal.aborted).toBe(true);
    expect(bulkhead.inFlight).toBe(1);
    await call.succeed('late');
    expect(await call.result).toBe('late');
    expect(bulkhead.inFlight).toBe(0);
  });

  it('frees the slot while an outer retry waits', async () => {
    const { clock, bulkhead } = bulkheadOf();
    const retry = new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.fixed('1s') });
    const caught = fail(new Failsafe({ policies: [retry, bulkhead] }));
    await settle();
    expect([bulkhead.inFlight, clock.pendingTimers]).toEqual([0, 1]);
    await clock.advance('1s');
    expect(await caught).toBeInstanceOf(RetriesExceededError);
    expect(bulkhead.inFlight).toBe(0);
  });

  it('rejects at once if maxWait is 0, however long its queue is', async () => {
    const { clock, bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: 5, maxWait: 0 });
    hold(bulkhead);
    const rejected = hold(bulkhead);
    expect([bulkhead.queued, clock.pendingTimers]).toEqual([0, 0]);
    expect(String(await rejection(rejected.result))).toContain('is full');
  });

  it('emits no event for a call that it admitted before anybody listened', async () => {
    for (const options of [{}, { signal: new AbortController().signal }]) {
      const { bulkhead } = bulkheadOf();
      const calls = [hold(bulkhead, options), hold(bulkhead, options)];
      using recording = recordEvents(bulkhead);
      await calls[0]!.succeed();
      await calls[1]!.fail();
      expect([recording.types, bulkhead.inFlight]).toEqual([[], 0]);
    }
  });

  it('with Infinity slots only counts', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: Infinity });
    const calls = Array.from({ length: 1000 }, () => hold(bulkhead));
    expect(bulkhead.inFlight).toBe(1000);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(bulkhead.inFlight).toBe(0);
  });

  it('shares its slots among all functions that it protects', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1 });
    hold(bulkhead);
    const wrapped = bulkhead(async () => 1);
    expect(await rejection(wrapped())).toBeInstanceOf(BulkheadFullError);
    expect(bulkhead.tryAcquire()).toBeUndefined();
  });

  it('shows its settings, with the defaults filled in', () => {
    const { bulkhead } = bulkheadOf({ name: 'db', maxWait: '2s', maxQueued: 7 });
    expect(bulkhead.settings).toEqual({
      type: 'bulkhead',
      name: 'db',
      maxConcurrent: 2,
      maxQueued: 7,
      maxWait: 2000,
    });
    expect(bulkheadOf().bulkhead.settings).toMatchObject({ maxQueued: 0, maxWait: Infinity });
  });

  it('frees a slot exactly once, however the call ends (resilience4j #332 #263, failsafe-go 0.9.2)', async () => {
    const { bulkhead } = bulkheadOf();
    await succeed(bulkhead);
    await fail(bulkhead);
    await rejection(bulkhead.execute(() => Promise.reject(boom)));
    const caller = new AbortController();
    const cancelled = hold(bulkhead, { signal: caller.signal });
    caller.abort(boom);
    await cancelled.fail(boom);
    const permit = bulkhead.tryAcquire();
    permit?.failure(boom);
    permit?.release();
    permit?.[Symbol.dispose]();
    expect(bulkhead.inFlight).toBe(0);
    expect([hold(bulkhead), hold(bulkhead), hold(bulkhead)].map((call) => call.ran)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('may have any number of slots, but not none (Polly #2638, resilience4j #417)', async () => {
    const policy = new BulkheadPolicy({
      maxConcurrent: Number.MAX_SAFE_INTEGER,
      maxQueued: Infinity,
    });
    expect(Array.from({ length: 100 }, () => hold(policy)).every((call) => call.ran)).toBe(true);
    expect(() => new BulkheadPolicy({ maxConcurrent: 0 })).toThrow('maxConcurrent');
    expect(() => new BulkheadPolicy({ maxConcurrent: 2 ** 53 })).toThrow('maxConcurrent');
  });
});

describe('the queue of a bulkhead', () => {
  it('takes maxQueued calls and rejects the next', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: 2 });
    const calls = Array.from({ length: 4 }, () => hold(bulkhead));
    expect(calls.map((call) => call.ran)).toEqual([true, false, false, false]);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([1, 2]);
    expect(await rejection(calls[3]!.result)).toBeInstanceOf(BulkheadFullError);
    await calls[0]!.succeed();
    // A place in the queue is free again.
    const fifth = hold(bulkhead);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([1, 2]);
    for (const call of [calls[1]!, calls[2]!, fifth]) {
      expect(call.ran).toBe(true);
      await call.succeed();
    }
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
  });

  it('is first come, first served, and each slot goes straight to the next call', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: Infinity });
    const order: number[] = [];
    const blocker = hold(bulkhead);
    const calls = Array.from({ length: 50 }, (_, i) =>
      bulkhead.execute(() => {
        order.push(i);
        expect(bulkhead.inFlight).toBe(1);
      }),
    );
    await blocker.succeed();
    await Promise.all(calls);
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
  });

  it('is not overtaken by calls that come in the turn in which a slot is freed', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: Infinity });
    const order: string[] = [];
    const note = (label: string) => (): void => {
      order.push(label);
    };
    const permit = bulkhead.tryAcquire()!;
    const waiting = [bulkhead.execute(note('first')), bulkhead.execute(note('second'))];
    permit.success();
    const late = bulkhead.execute(note('late'));
    await Promise.all([...waiting, late]);
    expect(order).toEqual(['first', 'second', 'late']);
  });

  it('is not overtaken by calls from a function that was just admitted', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 2, maxQueued: Infinity });
    const order: string[] = [];
    const nested: Promise<unknown>[] = [];
    const permits = [bulkhead.tryAcquire()!, bulkhead.tryAcquire()!];
    const waiting = ['first', 'second', 'third'].map((label) =>
      bulkhead.execute(() => {
        order.push(label);
        nested.push(bulkhead.execute(() => order.push(`from ${label}`)));
      }),
    );
    // Two slots come free, and the first that is let in asks for the second of them.
    for (const permit of permits) permit.release();
    await Promise.all(waiting);
    await Promise.all(nested);
    expect(order).toEqual(['first', 'second', 'third', 'from first', 'from second', 'from third']);
    expect([bulkhead.inFlight, bulkhead.queued]).toEqual([0, 0]);
  });

  it('is not overtaken by calls from a listener while a slot changes hands', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: Infinity });
    const order: string[] = [];
    const nested: Promise<unknown>[] = [];
    const remove = bulkhead.on('success', () => {
      remove();
      expect(bulkhead.inFlight).toBe(0);
      nested.push(bulkhead.execute(() => order.push('from the listener')));
    });
    const blocker = hold(bulkhead);
    const waiting = bulkhead.execute(() => order.push('waiting'));
    await blocker.succeed();
    await waiting;
    await Promise.all(nested);
    expect(order).toEqual(['waiting', 'from the listener']);
  });

  it('is served when a function ends late, after its caller has aborted', async () => {
    const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: 1 });
    const caller = new AbortController();
    const first = hold(bulkhead, { signal: caller.signal });
    const second = hold(bulkhead);
    caller.abort(boom);
    expect(second.ran).toBe(false);
    await first.fail();
    expect(second.ran).toBe(true);
    await second.succeed();
  });

  it('is not overtaken by a call that comes any number of microtasks after another has ended (cockatiel, resilience4j #979)', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const { bulkhead } = bulkheadOf({ maxConcurrent: 1, maxQueued: 1 });
      const running = hold(bulkhead);
      const accepted = hold(bulkhead);
      const ended = running.succeed();
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      const newcomer = hold(bulkhead);
      await ended;
      await settle();
      expect([accepted.ran, newcomer.ran]).toEqual([true, false]);
    }
  });
});
