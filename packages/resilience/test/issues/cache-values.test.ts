import { describe, expect, it } from 'vitest';
import { CachePolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';

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

  it('goes by elapsed time when the wall clock steps back (opossum, unfixed)', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ ttl: 1_000, clock });
    await cache.execute(() => 'old', { key: 'a' });
    clock.stepWall(-3_600_000);
    await clock.advance(1_000);
    expect(await cache.execute(() => 'new', { key: 'a' })).toBe('new');
  });
});
