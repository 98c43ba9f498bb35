import { describe, expect, it } from 'vitest';
import { Backoff, CachePolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';

describe('a cache', () => {
  it('keeps falsy and undefined results (opossum #904, Polly 7.0.1)', async () => {
    for (const value of [undefined, null, 0, false, '', Number.NaN]) {
      const cache = new CachePolicy({ ttl: '1m' });
      let calls = 0;
      const call = (): Promise<unknown> => cache.execute(() => (calls++, value), { key: 1 });
      await call();
      expect(await call()).toBe(value);
      expect(calls).toBe(1);
    }
  });

  it('is bounded without being asked to (opossum #896)', async () => {
    const cache = new CachePolicy({ ttl: '1h' });
    for (let key = 0; key < 5_000; key++) await cache.execute(() => key, { key });
    expect(cache.size).toBe(1_000);
  });

  it('uses one key for what is kept and what is shared (opossum #904)', async () => {
    const keys: unknown[] = [];
    const cache = new CachePolicy({
      ttl: 0,
      key: (id: string) => {
        keys.push(id);
        return id;
      },
    });
    let calls = 0;
    const load = cache(async (...ids: string[]) => (calls += ids.length));
    expect(await Promise.all([load('a'), load('a'), load('b')])).toEqual([1, 1, 2]);
    expect(keys).toEqual(['a', 'a', 'b']);
  });

  it('starts one execution where many miss at once (resilience4j #1809)', async () => {
    const cache = new CachePolicy({ ttl: '1m' });
    const racers = new Racers();
    const calls = Array.from({ length: 100 }, () => cache.execute(racers.run, { key: 'a' }));
    expect(racers.count).toBe(1);
    racers.resolve(1, 'fine');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['fine']));
  });

  it('does not feed the old error of a shared execution to a retry (opossum #908)', async () => {
    const cache = new CachePolicy({ ttl: '1m' });
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
    const racers = new Racers();
    const protect = new Failsafe({ policies: [retry, cache] });
    const calls = [1, 2].map(() => protect.execute(racers.run, { key: 'a' }));
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'fine');
    expect(await Promise.all(calls)).toEqual(['fine', 'fine']);
    expect(racers.count).toBe(2);
  });

  it("does not let one caller's abort cancel the others (opossum, one controller for all)", async () => {
    const cache = new CachePolicy({ ttl: '1m' });
    const racers = new Racers();
    const caller = new AbortController();
    const leaving = cache.execute(racers.run, { key: 'a', signal: caller.signal });
    const staying = cache.execute(racers.run, { key: 'a' });
    caller.abort(boom);
    expect(await rejection(leaving)).toBe(boom);
    racers.resolve(1, 'fine');
    expect(await staying).toBe('fine');
  });

  it('shares nothing with another that was given the same options (opossum, unfixed)', async () => {
    const options = { ttl: '1m', key: () => 'a' };
    const [first, second] = [new CachePolicy(options), new CachePolicy(options)];
    expect(await first(() => 'first')()).toBe('first');
    expect(await second(() => 'second')()).toBe('second');
    expect(Object.keys(options)).toEqual(['ttl', 'key']);
  });

  it('goes by elapsed time when the wall clock steps back (opossum, unfixed)', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ ttl: 1_000, clock });
    await cache.execute(() => 'old', { key: 'a' });
    clock.stepWall(-3_600_000);
    await clock.advance(1_000);
    expect(await cache.execute(() => 'new', { key: 'a' })).toBe('new');
  });
});
