import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  RateLimiterPolicy,
  RateLimitExceededError,
} from '@highway/resilience';
import type { Permit, RateLimiterOptions } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';
import { boom, hold, rejection, succeed } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { CountingClock } from '../support/counting-clock.ts';

/** A limiter whose first burst is spent. */
function setup(options: Partial<RateLimiterOptions> = {}) {
  const clock = new CountingClock();
  const limiter = new RateLimiterPolicy({
    clock,
    limit: 10,
    per: '1s',
    burst: 1,
    maxWait: Infinity,
    ...options,
  });
  limiter.tryAcquire()!.success();
  return { clock, limiter };
}

describe('a call that waits for a permit of a rate limiter', () => {
  it('gets it when it is due, first come, first served', async () => {
    const { clock, limiter } = setup();
    const order: string[] = [];
    for (let i = 0; i < 5; i++) {
      void limiter.execute(() => order.push(`${i} at ${clock.now()}`));
    }
    expect(limiter.queued).toBe(5);
    await clock.advance('1s');
    expect(order).toEqual(['0 at 100', '1 at 200', '2 at 300', '3 at 400', '4 at 500']);
    expect([limiter.queued, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is not overtaken by a call that comes when the permit is due', async () => {
    const { clock, limiter } = setup();
    const order: string[] = [];
    void limiter.execute(() => {
      order.push('first');
      void limiter.execute(() => order.push('from first'));
    });
    void limiter.execute(() => order.push('second'));
    await clock.advance('1s');
    expect(order).toEqual(['first', 'second', 'from first']);
  });

  it('is rejected at once if its permit would come too late, and the error has the time until then (resilience4j sleeps first)', async () => {
    const { clock, limiter } = setup({ maxWait: 250 });
    const calls = Array.from({ length: 4 }, () => hold(limiter));
    expect(limiter.queued).toBe(2);
    for (const i of [2, 3]) {
      const error = (await rejection(calls[i]!.result)) as RateLimitExceededError;
      expect(error).toBeInstanceOf(RateLimitExceededError);
      expect(error.retryAfter).toBe(300);
    }
    await clock.advance(200);
    expect(calls.map((call) => call.ran)).toEqual([true, true, false, false]);
  });

  it.each([1, 3, 6, 7, 9, 11, 13, 256])(
    'may wait exactly maxWait with a limit of %i per second, whatever the rounding',
    async (limit) => {
      for (const start of [0, 12_345.678, 1e9 + 0.3, 1e10]) {
        const clock = new CountingClock();
        await clock.advance(start);
        const limiter = new RateLimiterPolicy({ clock, limit, per: '1s', maxWait: '1s' });
        for (let i = 0; i < limit; i++) limiter.tryAcquire()!.success();
        const calls = Array.from({ length: limit }, () => hold(limiter));
        expect(limiter.queued).toBe(limit);
        expect(await rejection(hold(limiter).result)).toBeInstanceOf(RateLimitExceededError);
        await clock.advance(1000.001);
        expect(calls.every((call) => call.ran)).toBe(true);
        await Promise.all(calls.map((call) => call.succeed()));
      }
    },
  );

  it('leaves the queue at once when its caller aborts, takes no permit, and others move up', async () => {
    const { clock, limiter } = setup();
    const caller = new CountedSignal();
    const ends: string[] = [];
    const run = (label: string, signal?: AbortSignal): Promise<unknown> =>
      limiter.execute(() => ends.push(`${label} at ${clock.now()}`), { signal });
    void run('first');
    const cancelled = rejection(run('cancelled', caller.signal));
    void run('third');
    await clock.advance(50);
    caller.abort(boom);
    expect(await cancelled).toBe(boom);
    expect([limiter.queued, caller.listeners]).toEqual([2, 0]);
    await clock.advance('1s');
    expect(ends).toEqual(['first at 100', 'third at 200']);
  });

  it('leaves its permit to the next call if it is cancelled (failsafe, resilience4j keep it)', async () => {
    const { clock, limiter } = setup();
    const caller = new CountedSignal();
    const first = hold(limiter, { signal: caller.signal });
    const second = hold(limiter);
    await clock.advance(99);
    caller.abort(boom);
    await clock.advance(1);
    expect([first.ran, second.ran]).toEqual([false, true]);
    await second.succeed();
    expect(await rejection(first.result)).toBe(boom);
  });

  it('leaves no timer if it was the only one and is cancelled', async () => {
    const { clock, limiter } = setup();
    const caller = new CountedSignal();
    const call = hold(limiter, { signal: caller.signal });
    expect(clock.pendingTimers).toBe(1);
    caller.abort(boom);
    expect([clock.pendingTimers, limiter.queued, limiter.retryAfter]).toEqual([0, 0, 100]);
    await rejection(call.result);
    await clock.advance(100);
    expect(await succeed(limiter)).toBe('fine');
  });

  it('shares one timer with all other waiting calls', async () => {
    const { clock, limiter } = setup();
    const calls = Array.from({ length: 1000 }, () => hold(limiter));
    expect([clock.pendingTimers, clock.set]).toEqual([1, 1]);
    await clock.advance('100s');
    expect(calls.every((call) => call.ran)).toBe(true);
    expect([clock.most, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('runs once its permit has come, and an abort then waits for its function', async () => {
    const { clock, limiter } = setup();
    const caller = new CountedSignal();
    const call = hold(limiter, { signal: caller.signal });
    await clock.advance(100);
    caller.abort(boom);
    await settle();
    await call.succeed('late');
    expect(await call.result).toBe('late');
    // The permit was used, so the next has to wait.
    expect(limiter.retryAfter).toBe(100);
  });

  it('may wait longer than a timer can hold', async () => {
    const { clock, limiter } = setup({ limit: 1, per: { days: 60 } });
    const call = hold(limiter);
    await clock.advance({ days: 59, hours: 23 });
    expect(call.ran).toBe(false);
    await clock.advance({ hours: 1 });
    expect(call.ran).toBe(true);
    await call.succeed();
  });

  it('waits on if the host fires a timer early', async () => {
    const { clock, limiter } = setup();
    clock.setTimeout = (fn, ms) =>
      CountingClock.prototype.setTimeout.call(clock, fn, ms > 1 ? ms - 0.5 : ms);
    const call = hold(limiter);
    await clock.advance(99.9);
    expect(call.ran).toBe(false);
    // What is left is rounded up to a whole millisecond.
    await clock.advance(0.6);
    expect(call.ran).toBe(true);
    await call.succeed();
  });

  it('is served together with all others that are due if the timer is late', async () => {
    const { clock, limiter } = setup({ burst: 3 });
    limiter.tryAcquire()!.success();
    limiter.tryAcquire()!.success();
    let fire: (() => void) | undefined;
    clock.setTimeout = (fn) => (fire = fn);
    clock.clearTimeout = () => {};
    const calls = Array.from({ length: 4 }, () => hold(limiter));
    await clock.advance(250);
    expect(calls.some((call) => call.ran)).toBe(false);
    // A permit has come, but those who wait have it before whoever comes now.
    expect(limiter.tryAcquire()).toBeUndefined();
    fire!();
    await settle();
    expect(calls.map((call) => call.ran)).toEqual([true, true, false, false]);
    await Promise.all(calls.slice(0, 2).map((call) => call.succeed()));
  });

  it('is not overtaken if a late timer leaves permits for it and a newcomer', async () => {
    for (const signal of [undefined, new AbortController().signal]) {
      const { clock, limiter } = setup({ burst: 5 });
      for (let i = 1; i < 5; i++) limiter.tryAcquire()!.success();
      let fire: (() => void) | undefined;
      clock.setTimeout = (fn) => (fire = fn);
      const order: string[] = [];
      const options = signal === undefined ? {} : { signal };
      void limiter.execute(() => order.push('first'), options);
      await clock.advance('1s');
      void limiter.execute(() => order.push('second'), options);
      expect([limiter.queued, limiter.available]).toEqual([2, 0]);
      fire!();
      await settle();
      expect(order).toEqual(['first', 'second']);
      expect(limiter.available).toBe(3);
    }
  });

  it('may be rejected by an inner policy, ten thousand in a row, without growing the stack', async () => {
    const { clock, limiter } = setup({ limit: 10_000, burst: 10_000 });
    for (let i = 1; i < 10_000; i++) limiter.tryAcquire()!.success();
    const breaker = new CircuitBreakerPolicy({ clock });
    const failsafe = new Failsafe({ policies: [limiter, breaker] });
    let fire: (() => void) | undefined;
    clock.setTimeout = (fn) => (fire = fn);
    const calls = Array.from({ length: 10_000 }, () => hold(failsafe));
    expect(limiter.queued).toBe(10_000);
    breaker.open();
    await clock.advance('2s');
    fire!();
    expect(limiter.queued).toBe(0);
    const errors = await Promise.all(calls.map((call) => rejection(call.result)));
    expect(errors.every((error) => error instanceof CircuitOpenError)).toBe(true);
  });

  it('may return its own permit, ten thousand in a row, without growing the stack', async () => {
    const { clock, limiter } = setup({ limit: 1, per: '1h', burst: 10_001 });
    const permits: Permit[] = [];
    while (limiter.available > 0) permits.push(limiter.tryAcquire()!);
    const calls = permits.map(() => limiter.execute(() => permits.pop()?.release()));
    expect(limiter.queued).toBe(10_000);
    permits.pop()!.release();
    await Promise.all(calls);
    expect([limiter.queued, permits.length, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('does not wait without a maxWait', async () => {
    const { limiter } = setup({ maxWait: 0 });
    expect(await rejection(hold(limiter).result)).toBeInstanceOf(RateLimitExceededError);
  });
});
