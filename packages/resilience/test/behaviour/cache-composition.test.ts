import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  HedgePolicy,
  isTimeout,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CacheOptions, PolicyEvent } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';
import { Racers } from '../support/racers.ts';

function make(options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock();
  const cache = new CachePolicy({ ttl: 100, clock, ...options });
  return { clock, cache, racers: new Racers() };
}

const failing = (): Promise<never> => Promise.reject(boom);

describe('staleIfError', () => {
  it('serves the old value instead of an error, until that time after the ttl has passed', async () => {
    const { clock, cache } = make({ staleIfError: 50 });
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(149);
    expect(await cache.execute(failing, { key: 'a' })).toBe('good');
    await clock.advance(1);
    expect(await rejection(cache.execute(failing, { key: 'a' }))).toBe(boom);
    expect(cache.size).toBe(0);
  });

  it('is judged by the time at which the error comes', async () => {
    const { clock, cache, racers } = make({ staleIfError: 50 });
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(149);
    const late = cache.execute(racers.run, { key: 'a' });
    await clock.advance(1);
    racers.reject(1, boom);
    expect(await rejection(late)).toBe(boom);
  });

  it('serves every caller that shared the execution', async () => {
    const { clock, cache, racers } = make({ staleIfError: 50 });
    await cache.execute(() => null, { key: 'a' });
    await clock.advance(100);
    const calls = [1, 2].map(() => cache.execute(racers.run, { key: 'a' }));
    racers.reject(1, boom);
    expect(await Promise.all(calls)).toEqual([null, null]);
  });

  it('serves a value that was stored while the call was running', async () => {
    for (const [staleIfError, expected] of [
      [0, boom],
      [50, 'good'],
    ] as const) {
      const { cache, racers } = make({ staleIfError, coalesce: false });
      const calls = [1, 2].map(() => cache.execute(racers.run, { key: 'a' }));
      racers.resolve(1, 'good');
      await calls[0];
      racers.reject(2, boom);
      expect(await calls[1]!.catch((error: unknown) => error)).toBe(expected);
    }
  });

  it('is 0 by default', async () => {
    const { clock, cache } = make();
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(100);
    expect(await rejection(cache.execute(failing, { key: 'a' }))).toBe(boom);
  });

  it("never hides the caller's own cancellation", async () => {
    const { clock, cache, racers } = make({ staleIfError: '1h' });
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(100);
    const caller = new AbortController();
    const call = cache.execute(racers.run, { key: 'a', signal: caller.signal });
    caller.abort(boom);
    racers.reject(1, boom);
    expect(await rejection(call)).toBe(boom);
  });

  it('serves no value of another key, of no key, or of a forgotten key', async () => {
    const { clock, cache, racers } = make({ staleIfError: '1h' });
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(100);
    expect(await rejection(cache.execute(failing, { key: 'b' }))).toBe(boom);
    const { signal } = new AbortController();
    expect(await rejection(cache.execute(failing, { signal }))).toBe(boom);
    const call = cache.execute(racers.run, { key: 'a' });
    cache.delete('a');
    racers.reject(1, boom);
    expect(await rejection(call)).toBe(boom);
  });

  it('ends when a new value replaces the stale one', async () => {
    const { clock, cache } = make({ staleIfError: '1h' });
    await cache.execute(() => 'old', { key: 'a' });
    await clock.advance(100);
    expect(await cache.execute(() => 'new', { key: 'a' })).toBe('new');
    expect(await cache.execute(failing, { key: 'a' })).toBe('new');
  });
});

describe('a retry around a cache', () => {
  it('gets a new execution, not the old error', async () => {
    const { clock, cache, racers } = make();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 1 });
    const protect = new Failsafe({ policies: [retry, cache] });
    const calls = [1, 2].map(() => protect.execute(racers.run, { key: 'a' }));
    racers.reject(1, boom);
    await settle();
    expect(racers.count).toBe(2);
    racers.resolve(2, 'fine');
    expect(await Promise.all(calls)).toEqual(['fine', 'fine']);
  });
});

describe('a breaker inside a cache', () => {
  it('sees one outcome for coalesced calls, and none for calls answered from the cache', async () => {
    const { clock, cache, racers } = make();
    const breaker = new CircuitBreakerPolicy({ clock });
    const protect = new Failsafe({ policies: [cache, breaker] });
    const calls = [1, 2, 3].map(() => protect.execute(racers.run, { key: 'a' }));
    racers.resolve(1, 'fine');
    await Promise.all(calls);
    await protect.execute(racers.run, { key: 'a' });
    expect(breaker.history.length).toBe(1);
  });

  it('is answered by a stale value while it is open', async () => {
    const { clock, cache } = make({ staleIfError: '1h' });
    const breaker = new CircuitBreakerPolicy({ clock });
    const protect = new Failsafe({ policies: [cache, breaker] });
    await protect.execute(() => 'good', { key: 'a' });
    breaker.open();
    await clock.advance(100);
    expect(await protect.execute(() => 'new', { key: 'a' })).toBe('good');
  });

  it('does not see hits (opossum counts them)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '3/5' });
    const cache = new CachePolicy({ clock, ttl: '1m' });
    const both = new Failsafe({ policies: [cache, breaker] });
    for (let i = 0; i < 50; i++) await both.execute(() => 1, { key: 'hit' });
    expect(breaker.history.length).toBe(1);
    for (let i = 0; i < 3; i++) {
      await rejection(both.execute(() => Promise.reject(boom), { key: `miss ${i}` }));
    }
    expect(breaker.state).toBe('OPEN');
  });
});

describe('a timeout and a cache', () => {
  it('leave other callers alone if the timeout is outside and ends one call', async () => {
    const { clock, cache, racers } = make();
    const timeout = new TimeoutPolicy({ timeout: 50, clock });
    const impatient = new Failsafe({ policies: [timeout, cache] }).execute(racers.run, {
      key: 'a',
    });
    impatient.catch(() => {});
    const patient = cache.execute(racers.run, { key: 'a' });
    await clock.advance(50);
    expect(isTimeout(await rejection(impatient))).toBe(true);
    expect(racers.signal(1).aborted).toBe(false);
    racers.resolve(1, 'fine');
    expect(await patient).toBe('fine');
  });

  it('let disarm reach the timeouts around every caller, including later ones', async () => {
    const { clock, cache, racers } = make();
    const timeout = new TimeoutPolicy({ timeout: 50, clock });
    const protect = new Failsafe({ policies: [timeout, cache] });
    const calls = [protect.execute(racers.run, { key: 'a' })];
    calls.push(protect.execute(racers.run, { key: 'a' }));
    racers.at(1).context.disarm();
    calls.push(protect.execute(racers.run, { key: 'a' }));
    calls.push(cache.execute(racers.run, { key: 'a' }));
    await clock.advance('1m');
    racers.resolve(1, 'fine');
    expect(await Promise.all(calls)).toEqual(['fine', 'fine', 'fine', 'fine']);
  });

  it('serve a stale value if the timeout is inside and ends the execution', async () => {
    const { clock, cache, racers } = make({ staleIfError: '1h' });
    const timeout = new TimeoutPolicy({ timeout: 50, clock });
    const protect = new Failsafe({ policies: [cache, timeout] });
    await protect.execute(() => 'good', { key: 'a' });
    await clock.advance(100);
    const call = protect.execute(racers.run, { key: 'a' });
    await clock.advance(50);
    expect(await call).toBe('good');
  });
});

describe('a hedge around a cache', () => {
  it('joins its own first attempt, and so adds none', async () => {
    const { clock, cache, racers } = make();
    const hedge = new HedgePolicy({ delay: 10, clock });
    const call = new Failsafe({ policies: [hedge, cache] }).execute(racers.run, { key: 'a' });
    await clock.advance(10);
    expect(racers.count).toBe(1);
    racers.resolve(1, 'fine');
    expect(await call).toBe('fine');
  });
});

describe('one cache', () => {
  it('keeps one state for all functions that it protects', async () => {
    const { cache } = make();
    await new Failsafe({ policies: [cache] }).execute(() => 'first', { key: 'a' });
    expect(await cache.execute(() => 'second', { key: 'a' })).toBe('first');
    expect(cache.size).toBe(1);
  });
});

describe('the events of a cache', () => {
  function listen(cache: CachePolicy): object[] {
    const events: object[] = [];
    const note = ({ policy, policyName, at, callId, ...rest }: PolicyEvent): void => {
      expect(callId).toBeGreaterThan(0);
      expect([policy, policyName]).toEqual([cache, 'users']);
      expect(at).toBeTypeOf('number');
      events.push(rest);
    };
    for (const type of ['cacheHit', 'coalesced', 'success', 'failure'] as const) {
      cache.on(type, note);
    }
    return events;
  }

  it('report executions, calls that joined them, and hits', async () => {
    const { clock, cache, racers } = make({ name: 'users', staleIfError: '1h' });
    await clock.advance(7);
    const events = listen(cache);
    const calls = [1, 2].map(() => cache.execute(racers.run, { key: 'a' }));
    await clock.advance(30);
    racers.resolve(1, 'fine');
    await Promise.all(calls);
    await cache.execute(racers.run, { key: 'a' });
    expect(events).toEqual([
      { type: 'coalesced', key: 'a' },
      { type: 'success', attempt: 1, duration: 30 },
      { type: 'cacheHit', key: 'a', stale: false },
    ]);
  });

  it('report failures, and each caller that got a stale value instead', async () => {
    const { clock, cache, racers } = make({ name: 'users', staleIfError: '1h' });
    await cache.execute(() => 'good', { key: 'a' });
    await clock.advance(100);
    const events = listen(cache);
    const calls = [1, 2].map(() => cache.execute(racers.run, { key: 'a' }));
    racers.reject(1, boom);
    await Promise.all(calls);
    await rejection(cache.execute(failing, { key: 'b' }));
    expect(events).toEqual([
      { type: 'coalesced', key: 'a' },
      { type: 'failure', attempt: 1, duration: 0, error: boom },
      { type: 'cacheHit', key: 'a', stale: true },
      { type: 'cacheHit', key: 'a', stale: true },
      { type: 'failure', attempt: 1, duration: 0, error: boom },
    ]);
  });

  it('report synchronous calls, too', async () => {
    const { clock, cache } = make({ name: 'users', key: () => 'a', staleIfError: '1h' });
    const events = listen(cache);
    let broken = false;
    const load = cache.wrapSync(() => {
      if (broken) throw boom;
      return 'good';
    });
    load();
    load();
    broken = true;
    await clock.advance(100);
    load();
    expect(events).toEqual([
      { type: 'success', attempt: 1, duration: 0 },
      { type: 'cacheHit', key: 'a', stale: false },
      { type: 'failure', attempt: 1, duration: 0, error: boom },
      { type: 'cacheHit', key: 'a', stale: true },
    ]);
  });

  it('report no abandoned execution, and no duration that was not measured', async () => {
    const { cache, racers } = make({ name: 'users' });
    const caller = new AbortController();
    const early = cache.execute(racers.run, { key: 'a' });
    const events = listen(cache);
    const aborted = cache.execute(racers.run, { key: 'b', signal: caller.signal });
    caller.abort(boom);
    await rejection(aborted);
    racers.resolve(2, 'late');
    await settle();
    expect(events).toEqual([]);
    racers.resolve(1, 'fine');
    await early;
    expect(events).toEqual([{ type: 'success', attempt: 1, duration: undefined }]);
  });

  it('change nothing if a listener throws', async () => {
    const { cache } = make();
    for (const type of ['cacheHit', 'success'] as const) {
      cache.on(type, () => {
        throw boom;
      });
    }
    const reports = await collectReports(async () => {
      for (let call = 0; call < 2; call++) {
        expect(await cache.execute(() => 'fine', { key: 'a' })).toBe('fine');
      }
    });
    expect(reports).toEqual([boom, boom]);
  });
});
