import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, RetryPolicy } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, succeed } from '../support/calls.ts';
import { replace } from '../support/host.ts';

describe('the default clock', () => {
  let fake: ManualClock;
  let restores: (() => void)[];

  beforeEach(() => {
    fake = new ManualClock({ wallStart: 5_000_000 });
    restores = [
      replace(globalThis, 'performance', { now: () => fake.now() }),
      replace(globalThis, 'setTimeout', (fn: () => void, ms: number) => fake.setTimeout(fn, ms)),
      replace(globalThis, 'clearTimeout', (handle: unknown) => fake.clearTimeout(handle)),
      replace(Date, 'now', () => fake.wallNow()),
    ];
  });

  afterEach(() => {
    for (const restore of restores) restore();
  });

  it('looks the globals up at each use, so that fake timers work', async () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: '1s', failureThreshold: '1/1' });
    breaker.open();
    await fake.advance(600);
    expect(breaker.retryAfter).toBe(400);
    await fake.advance(400);
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('uses the timers that are installed when it waits', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.fixed('1h'), maxRetries: 1 });
    const failing = fail(retry);
    await settle();
    expect(fake.pendingTimers).toBe(1);
    await fake.advance('1h');
    expect(await failing).toMatchObject({ attempts: 2 });
  });

  it('clears timers with the function that is installed then', async () => {
    const caller = new AbortController();
    const retry = new RetryPolicy({ backoff: Backoff.fixed('1h') });
    const result = retry.execute(() => Promise.reject(boom), { signal: caller.signal });
    result.catch(() => {});
    await settle();
    caller.abort();
    expect(fake.pendingTimers).toBe(0);
  });

  it('measures elapsed time, whatever the wall clock does', async () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: '30s' });
    breaker.open();
    fake.stepWall(86_400_000);
    expect(breaker.retryAfter).toBe(30_000);
    fake.stepWall(-2 * 86_400_000);
    expect(breaker.retryAfter).toBe(30_000);
  });

  it('takes the wall time of snapshots from the global, too', () => {
    const breaker = new CircuitBreakerPolicy();
    expect(breaker.toJSON().at).toBe(5_000_000);
  });
});

describe('a user’s clock', () => {
  it('needs no wallNow: snapshots then use the system’s wall time', () => {
    const clock: Clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} };
    const before = Date.now();
    const { at } = new CircuitBreakerPolicy({ clock }).toJSON();
    expect(at >= before && at <= Date.now()).toBe(true);
  });

  it('is called with itself as `this`', async () => {
    class OwnClock implements Clock {
      readonly #start = 7;
      now(): number {
        return this.#start;
      }
      setTimeout(fn: () => void): unknown {
        queueMicrotask(fn);
        return this.#start;
      }
      clearTimeout(): void {
        this.now();
      }
      wallNow(): number {
        return this.#start;
      }
    }
    const clock = new OwnClock();
    const breaker = new CircuitBreakerPolicy({ clock });
    breaker.open();
    expect(breaker.retryAfter).toBe(30_000);
    expect(breaker.toJSON().at).toBe(7);
    expect(await fail(new RetryPolicy({ clock, maxRetries: 1 }))).toMatchObject({ attempts: 2 });
  });

  it('may start at any time', async () => {
    for (const start of [-1e9, 0.5, 1e15]) {
      const manual = new ManualClock();
      const clock: Clock = {
        now: () => start + manual.now(),
        setTimeout: (fn, ms) => manual.setTimeout(fn, ms),
        clearTimeout: (handle) => manual.clearTimeout(handle),
      };
      const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000, failureThreshold: '1/1' });
      await fail(breaker);
      await manual.advance(500);
      expect(breaker.retryAfter).toBe(500);
    }
  });
});

describe('ManualClock', () => {
  it('does not move until it is advanced', async () => {
    const clock = new ManualClock({ wallStart: 1000 });
    await settle();
    expect([clock.now(), clock.wallNow()]).toEqual([0, 1000]);
    await clock.advance('2s');
    expect([clock.now(), clock.wallNow()]).toEqual([2000, 3000]);
  });

  it('runs due timers in order, each at its own time', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    const at = (name: string, ms: number): unknown =>
      clock.setTimeout(() => order.push(`${name} ${clock.now()}`), ms);
    at('late', 30);
    at('early', 10);
    at('same', 30);
    clock.clearTimeout(at('cleared', 20));
    at('never', 31);
    await clock.advance(30);
    expect(order).toEqual(['early 10', 'late 30', 'same 30']);
    expect([clock.now(), clock.pendingTimers]).toEqual([30, 1]);
  });

  it('lets promises that depend on a timer settle before the next timer runs', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      order.push(`settled ${clock.now()}`);
      clock.setTimeout(() => order.push(`follower ${clock.now()}`), 5);
    };
    clock.setTimeout(() => void chain(), 10);
    clock.setTimeout(() => order.push(`next ${clock.now()}`), 20);
    await clock.advance('1s');
    expect(order).toEqual(['settled 10', 'follower 15', 'next 20']);
    expect(clock.now()).toBe(1000);
  });

  it('lets promises settle before it moves', async () => {
    const clock = new ManualClock();
    let ran = 0;
    void Promise.resolve().then(() => clock.setTimeout(() => (ran = clock.now()), 10));
    await clock.advance(10);
    expect(ran).toBe(10);
  });
});
