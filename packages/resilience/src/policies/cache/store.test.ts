import { describe, expect, it } from 'vitest';
import { Store } from './store.ts';

const lifetimes = { ttl: 100, staleIfError: 50 };

describe('a store', () => {
  it('distinguishes fresh values from stale ones, and forgets all others', () => {
    const store = new Store(10, lifetimes);
    store.put('a', 1, 0);
    expect(store.fresh('a', 99.9)?.value).toBe(1);
    expect(store.fresh('a', 100)).toBeUndefined();
    expect(store.stale('a', 100)?.value).toBe(1);
    expect(store.stale('a', 149.9)?.value).toBe(1);
    expect(store.size).toBe(1);
    expect(store.stale('a', 150)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('has nothing for a key that was never stored', () => {
    const store = new Store(10, lifetimes);
    expect(store.fresh('a', 0)).toBeUndefined();
    expect(store.stale('a', 0)).toBeUndefined();
    expect(store.delete('a')).toBe(false);
  });

  it('keeps a value that is stale from the start if it may be served stale', () => {
    const store = new Store(10, { ttl: 0, staleIfError: 50 });
    store.put('a', 1, 0);
    expect(store.fresh('a', 0)).toBeUndefined();
    expect(store.stale('a', 49)?.value).toBe(1);
  });

  it('drops the least recently used first, whatever happens between', () => {
    const store = new Store(3, lifetimes);
    for (const key of ['a', 'b', 'c']) store.put(key, key, 0);
    store.fresh('b', 1); // from the middle of the order
    store.fresh('b', 1); // from its end
    store.stale('a', 1); // from its beginning
    store.put('d', 'd', 1);
    expect(store.fresh('c', 1)).toBeUndefined();
    store.put('b', 'b2', 1);
    store.put('e', 'e', 1);
    expect(store.fresh('a', 1)).toBeUndefined();
    expect(['b', 'd', 'e'].map((key) => store.fresh(key, 1)?.value)).toEqual(['b2', 'd', 'e']);
    expect(store.size).toBe(3);
  });

  it('keeps its order when entries are deleted at either end or in the middle', () => {
    for (const gone of ['a', 'b', 'c']) {
      const store = new Store(3, lifetimes);
      for (const key of ['a', 'b', 'c']) store.put(key, key, 0);
      expect(store.delete(gone)).toBe(true);
      store.put('d', 'd', 0);
      store.put('e', 'e', 0);
      const [oldest, kept] = ['a', 'b', 'c'].filter((key) => key !== gone);
      expect(store.fresh(oldest, 0)).toBeUndefined();
      expect(store.fresh(kept, 0)?.value).toBe(kept);
      expect(store.size).toBe(3);
    }
  });

  it('keeps values that may be stale as long as they are fresh', () => {
    const store = new Store(10, { ttl: 50, staleIfError: 50 });
    store.put('a', 1, 0);
    expect(store.fresh('a', 49)?.value).toBe(1);
  });

  it('has one entry for a key, however often it is stored', () => {
    const store = new Store(3, lifetimes);
    for (const key of ['a', 'b', 'a', 'c']) store.put(key, key, 0);
    expect(store.size).toBe(3);
    store.put('d', 'd', 0);
    expect(store.fresh('b', 0)).toBeUndefined();
    expect(store.fresh('a', 0)?.value).toBe('a');
    store.put('a', 'later', 80);
    expect(store.fresh('a', 179)?.value).toBe('later');
  });

  it('is empty after clear', () => {
    const store = new Store(2, lifetimes);
    store.put('a', 1, 0);
    store.put('b', 2, 0);
    store.clear();
    expect(store.size).toBe(0);
    for (const key of ['c', 'd', 'e']) store.put(key, key, 0);
    expect(store.size).toBe(2);
    expect(store.fresh('c', 0)).toBeUndefined();
    expect(store.fresh('d', 0)?.value).toBe('d');
  });
});
