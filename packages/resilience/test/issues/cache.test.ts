import { describe, expect, it } from 'vitest';
import { CachePolicy, CircuitBreakerPolicy, Failsafe } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';

describe('a cache', () => {
  it.each([null, undefined, 0, false, '', Number.NaN])(
    'keeps %s as it keeps any value (Polly 7.0.1, opossum #896 #904)',
    async (value) => {
      const cache = new CachePolicy({ clock: new ManualClock(), ttl: '1m' });
      let runs = 0;
      const work = (): unknown => {
        runs++;
        return value;
      };
      expect(await cache.execute(work, { key: 1 })).toBe(value);
      expect(await cache.execute(work, { key: 1 })).toBe(value);
      expect(runs).toBe(1);
    },
  );

  it('is bounded by default, whatever the number of keys (opossum 2^24, resilience4j #1221)', async () => {
    const cache = new CachePolicy({ clock: new ManualClock(), ttl: '1h' });
    for (let key = 0; key < 5_000; key++) await cache.execute(() => key, { key });
    expect(cache.size).toBe(1_000);
  });

  it('shares calls by their key where it keeps nothing, and asks for the key once (opossum #904)', async () => {
    let asked = 0;
    const cache = new CachePolicy({
      clock: new ManualClock(),
      ttl: 0,
      key: (id: string) => {
        asked++;
        return id;
      },
    });
    let runs = 0;
    const load = cache(async (id: string) => `${id}${++runs}`);
    expect(await Promise.all([load('a'), load('a'), load('b')])).toEqual(['a1', 'a1', 'b2']);
    expect([asked, await load('a')]).toEqual([3, 'a3']);
  });

  it('runs once for calls that come together (resilience4j #1809)', async () => {
    const cache = new CachePolicy({ clock: new ManualClock(), ttl: '1m' });
    let runs = 0;
    const calls = Array.from({ length: 100 }, () =>
      cache.execute(async () => ++runs, { key: 'same' }),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
  });

  it('forgets a failure that was shared, so that who tries again is not fed it (opossum #908)', async () => {
    const cache = new CachePolicy({ clock: new ManualClock(), ttl: '1m' });
    const first = hold(cache, { key: 1 });
    const second = hold(cache, { key: 1 });
    await first.fail(boom);
    expect(await rejection(second.result)).toBe(boom);
    expect(await cache.execute(() => 'fine', { key: 1 })).toBe('fine');
  });

  it('lets one caller cancel without cancelling for the others (opossum #908)', async () => {
    const cache = new CachePolicy({ clock: new ManualClock(), ttl: '1m' });
    const caller = new AbortController();
    const first = hold(cache, { key: 1, signal: caller.signal });
    const second = hold(cache, { key: 1 });
    caller.abort(boom);
    expect(await rejection(first.result)).toBe(boom);
    expect(first.context?.signal.aborted).toBe(false);
    await first.succeed('shared');
    expect(await second.result).toBe('shared');
  });

  it('keeps its hits away from a breaker inside it (opossum counts them)', async () => {
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

  it('shares nothing with another of the same configuration (opossum)', async () => {
    const options = Object.freeze({ clock: new ManualClock(), ttl: '1m' as const });
    const [one, other] = [new CachePolicy(options), new CachePolicy(options)];
    await one.execute(() => 'of one', { key: 1 });
    expect(await other.execute(() => 'of the other', { key: 1 })).toBe('of the other');
  });
});
