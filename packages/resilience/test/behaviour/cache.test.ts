import { describe, expect, it } from 'vitest';
import { CachePolicy } from '@highway/resilience';
import type { CacheOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, rejection, thrown } from '../support/calls.ts';

/** A cache around a function that counts its calls, and gives the count. */
function counted(options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock();
  const cache = new CachePolicy({ ttl: 100, clock, ...options });
  let calls = 0;
  const get = (key: unknown): Promise<number> => cache.execute(() => ++calls, { key });
  return { clock, cache, get };
}

describe('a call whose key is in the cache', () => {
  it('is answered without the function being called', async () => {
    const { get } = counted();
    expect(await get('a')).toBe(1);
    expect(await get('a')).toBe(1);
    expect(await get('b')).toBe(2);
  });

  it('is answered until the ttl has passed since the value came', async () => {
    const { clock, get } = counted();
    await get('a');
    await clock.advance(99);
    expect(await get('a')).toBe(1);
    await clock.advance(1);
    expect(await get('a')).toBe(2);
    await clock.advance(99);
    expect(await get('a')).toBe(2);
  });

  it('is answered for the ttl from when the value came, not from when the call began', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ ttl: 100, clock });
    let calls = 0;
    const slow = async (): Promise<number> => {
      calls++;
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 80));
      return calls;
    };
    void cache.execute(slow, { key: 'a' });
    await clock.advance(80);
    await clock.advance(99);
    expect(await cache.execute(slow, { key: 'a' })).toBe(1);
  });

  it('is answered by elapsed time, even if the wall clock steps (opossum, unfixed)', async () => {
    const { clock, get } = counted();
    await get('a');
    clock.stepWall(86_400_000);
    expect(await get('a')).toBe(1);
    clock.stepWall(-2 * 86_400_000);
    await clock.advance(100);
    expect(await get('a')).toBe(2);
  });

  it('is answered with values of every kind (Polly 7.0.1, opossum #896 #904)', async () => {
    const { cache } = counted();
    for (const value of [undefined, null, 0, '', false, Number.NaN]) {
      const key = { value };
      let calls = 0;
      const call = (): Promise<unknown> => cache.execute(() => (calls++, value), { key });
      expect(await call()).toBe(value);
      expect(await call()).toBe(value);
      expect(calls).toBe(1);
    }
  });

  it('may have any key but undefined', async () => {
    const { get } = counted();
    const object = {};
    const keys = [object, {}, null, 0, '', Number.NaN, false, 1n, Symbol('key'), () => {}];
    const first = [];
    for (const key of keys) first.push(await get(key));
    expect(new Set(first).size).toBe(keys.length);
    const second = [];
    for (const key of keys) second.push(await get(key));
    expect(second).toEqual(first);
  });

  it('sets no timer', async () => {
    const { clock, get } = counted({ staleIfError: '1h' });
    await get('a');
    await get('a');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a call whose key is undefined', () => {
  it('is not cached', async () => {
    const { cache, get } = counted();
    expect(await get(undefined)).toBe(1);
    expect(await get(undefined)).toBe(2);
    expect(await cache.execute(() => 'fine')).toBe('fine');
    expect(cache.size).toBe(0);
  });
});

describe('a call that fails', () => {
  it('is not cached', async () => {
    const { cache, get } = counted();
    const failing = cache.execute(() => Promise.reject(boom), { key: 'a' });
    expect(await rejection(failing)).toBe(boom);
    expect(cache.size).toBe(0);
    expect(await get('a')).toBe(1);
  });

  it('rejects with what was thrown, whatever that is', async () => {
    const { cache } = counted();
    const errors: unknown[] = [boom, undefined, null, 0];
    for (const error of errors) {
      const failing = (): Promise<never> => Promise.reject(error);
      expect(await rejection(cache.execute(failing, { key: 'a' }))).toBe(error);
    }
  });
});

describe('a call whose function throws synchronously', () => {
  it('rejects', async () => {
    const { cache } = counted();
    const throwing = (): never => {
      throw boom;
    };
    expect(await rejection(cache.execute(throwing, { key: 'a' }))).toBe(boom);
  });
});

describe('maxEntries', () => {
  it('bounds the cache, which drops the least recently used entry first', async () => {
    const { cache, get } = counted({ maxEntries: 3 });
    await get('a');
    await get('b');
    await get('c');
    await get('a');
    await get('d');
    expect(cache.size).toBe(3);
    expect(await get('a')).toBe(1);
    expect(await get('c')).toBe(3);
    expect(await get('d')).toBe(4);
    expect(await get('b')).toBe(5);
    expect(cache.size).toBe(3);
  });

  it('is 1000 by default (opossum 2^24, resilience4j #1221)', async () => {
    const { cache, get } = counted();
    for (let key = 0; key < 1_500; key++) await get(key);
    expect(cache.size).toBe(1_000);
  });

  it('counts a renewed value as the most recently used', async () => {
    const { clock, get } = counted({ maxEntries: 2 });
    await get('a');
    await get('b');
    await clock.advance(100);
    expect(await get('a')).toBe(3);
    await get('c');
    expect(await get('a')).toBe(3);
  });
});

describe('what a cache forgets', () => {
  it('is the key that is passed to delete', async () => {
    const { cache, get } = counted();
    await get('a');
    await get('b');
    expect(cache.delete('a')).toBe(true);
    expect(cache.delete('a')).toBe(false);
    expect(cache.size).toBe(1);
    expect(await get('a')).toBe(3);
    expect(await get('b')).toBe(2);
  });

  it('is everything when clear is called', async () => {
    const { cache, get } = counted({ maxEntries: 2 });
    await get('a');
    await get('b');
    cache.clear();
    expect(cache.size).toBe(0);
    for (const key of ['a', 'b', 'c', 'd']) await get(key);
    expect(cache.size).toBe(2);
  });

  it('is an outdated value, when a call asks for it', async () => {
    const { clock, cache, get } = counted();
    await get('a');
    await clock.advance(100);
    expect(cache.size).toBe(1);
    await rejection(cache.execute(() => Promise.reject(boom), { key: 'a' }));
    expect(cache.size).toBe(0);
  });

  it('is every value, at once, with a ttl of 0', async () => {
    const { cache, get } = counted({ ttl: 0 });
    expect(await get('a')).toBe(1);
    expect(await get('a')).toBe(2);
    expect(cache.size).toBe(0);
  });
});

describe('a wrapped function', () => {
  it('is called once for each key that its arguments make', async () => {
    const cache = new CachePolicy({ ttl: '1m', key: (...[id]: [number, string]) => id });
    const calls: unknown[] = [];
    const load = cache(async function loadItem(id: number, detail: string) {
      calls.push([id, detail]);
      return `${id} ${detail}`;
    });
    expect(await load(1, 'a')).toBe('1 a');
    expect(await load(1, 'b')).toBe('1 a');
    expect(await load(2, 'b')).toBe('2 b');
    expect(calls).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(load.name).toBe('loadItem');
  });

  it('passes its `this` to the key, so that instances can be distinguished', async () => {
    const key = function (this: object): unknown {
      return this;
    };
    const cache = new CachePolicy({ ttl: '1m', key });
    class Repository {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      load = cache(async function (this: Repository) {
        return this.name;
      });
    }
    const [first, second] = [new Repository('first'), new Repository('second')];
    expect(await first.load()).toBe('first');
    expect(await second.load()).toBe('second');
    expect(cache.size).toBe(2);
  });

  it('is not cached if the key function returns undefined', async () => {
    const cache = new CachePolicy({ ttl: '1m' });
    let calls = 0;
    const load = cache(() => ++calls);
    expect([await load(), await load()]).toEqual([1, 2]);
  });

  it('is not called if the key function throws, and the caller gets that error', async () => {
    const key = (): never => {
      throw boom;
    };
    let ran = false;
    const load = new CachePolicy({ ttl: '1m', key })(() => (ran = true));
    expect(await rejection(load())).toBe(boom);
    expect(ran).toBe(false);
  });

  it('is not called if the key is a promise, which no later call would find again', async () => {
    const load = new CachePolicy({ ttl: '1m', key: async () => 'a' })(() => 'fine');
    const error = await rejection(load());
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^key: /);
  });
});

describe('executeSync of a cache', () => {
  it('returns a fresh value, and calls the function otherwise', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ ttl: 100, clock, key: (id: string) => id });
    let calls = 0;
    const load = cache.wrapSync((id: string) => `${id}${++calls}`);
    expect(load('a')).toBe('a1');
    expect(load('a')).toBe('a1');
    await clock.advance(100);
    expect(load('a')).toBe('a2');
    expect(cache.size).toBe(1);
  });

  it('does not cache a call without a key', () => {
    const cache = new CachePolicy({ ttl: 100 });
    expect(cache.executeSync(() => 1)).toBe(1);
    expect(cache.executeSync(() => 2)).toBe(2);
    expect(cache.size).toBe(0);
  });

  it('throws an error, and does not cache it', () => {
    const cache = new CachePolicy({ ttl: 100, key: () => 'a' });
    const load = cache.wrapSync(() => {
      throw boom;
    });
    expect(thrown(load)).toBe(boom);
    expect(cache.size).toBe(0);
  });

  it('returns a stale value instead of an error', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ ttl: 100, staleIfError: 50, clock, key: () => 'a' });
    let broken = false;
    const load = cache.wrapSync(() => {
      if (broken) throw boom;
      return 'good';
    });
    load();
    broken = true;
    await clock.advance(149);
    expect(load()).toBe('good');
    await clock.advance(1);
    expect(thrown(load)).toBe(boom);
  });

  it('throws for a promise and does not cache it', async () => {
    const cache = new CachePolicy({ ttl: 100, key: () => 'a' });
    expect(thrown(cache.wrapSync(async () => 1))).toBeInstanceOf(TypeError);
    expect(cache.size).toBe(0);
  });
});

describe('two caches with the same options', () => {
  it('share no values (opossum)', async () => {
    const options = Object.freeze({ clock: new ManualClock(), ttl: '1m' as const });
    const [one, other] = [new CachePolicy(options), new CachePolicy(options)];
    await one.execute(() => 'of one', { key: 1 });
    expect(await other.execute(() => 'of the other', { key: 1 })).toBe('of the other');
  });
});
