import { describe, expect, it } from 'vitest';
import { CachePolicy } from './policy.ts';
import type { CacheOptions } from './options.ts';

describe('the options of a cache', () => {
  it.each<[string, Partial<Record<keyof CacheOptions, unknown>>]>([
    ['ttl', {}],
    ['ttl', { ttl: -1 }],
    ['ttl', { ttl: Infinity }],
    ['ttl', { ttl: 'long' }],
    ['key', { ttl: 1, key: 'id' }],
    ['maxEntries', { ttl: 1, maxEntries: 0 }],
    ['maxEntries', { ttl: 1, maxEntries: Infinity }],
    ['coalesce', { ttl: 1, coalesce: 1 }],
    ['coalesce', { ttl: 1, coalesce: null }],
    ['staleIfError', { ttl: 1, staleIfError: Infinity }],
    ['staleIfError', { ttl: 1, staleIfError: true }],
    ['name', { ttl: 1, name: 7 }],
    ['clock', { ttl: 1, clock: 'now' }],
  ])('must be valid: %s is rejected by name in %o', (option, options) => {
    expect(() => new CachePolicy(options as CacheOptions)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(`^${option}: `) as string,
      }) as Error,
    );
  });

  it('must be known', () => {
    expect(() => new CachePolicy({ ttl: 1, size: 2 } as CacheOptions)).toThrow(/"size"/);
  });

  it('are shown as plain data', () => {
    const options = { name: 'users', ttl: '1m', maxEntries: 5, coalesce: false } as const;
    const { settings } = new CachePolicy({ ...options, staleIfError: '1h', key: () => 1 });
    expect(settings).toEqual({
      type: 'cache',
      name: 'users',
      ttl: 60_000,
      maxEntries: 5,
      coalesce: false,
      staleIfError: 3_600_000,
    });
  });

  it('default to 1000 values, coalescing, and nothing stale', () => {
    expect(new CachePolicy({ ttl: 0 }).settings).toEqual({
      type: 'cache',
      name: undefined,
      ttl: 0,
      maxEntries: 1_000,
      coalesce: true,
      staleIfError: 0,
    });
  });
});
