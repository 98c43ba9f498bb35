import { describe, expect, it, vi } from 'vitest';
import {
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  PolicyRegistry,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy, WarningCode } from '@highway/resilience';

/** The codes and messages that the host is told of. */
function told(run: () => unknown): [code: string, message: string][] {
  const host = globalThis as unknown as {
    process: { emitWarning(message: string, options: { code: string; type: string }): void };
  };
  const given: [string, string][] = [];
  const spy = vi
    .spyOn(host.process, 'emitWarning')
    .mockImplementation((message, { code, type }) => {
      expect(type).toBe('HighwayWarning');
      given.push([code, message]);
    });
  try {
    run();
  } finally {
    spy.mockRestore();
  }
  return given;
}

const codes = (run: () => unknown): string[] => told(run).map(([code]) => code);

describe('a Failsafe', () => {
  const retry = (): Policy => new RetryPolicy();
  const breaker = (): Policy => new CircuitBreakerPolicy();
  const fallback = (): Policy => new FallbackPolicy({ fallback: 1 as never });

  it.each<[WarningCode, () => Policy[]]>([
    ['HIGHWAY_RETRY_INSIDE_RETRY', () => [retry(), retry()]],
    ['HIGHWAY_RETRY_INSIDE_RETRY', () => [retry(), new Failsafe({ policies: [retry()] })]],
    ['HIGHWAY_RETRY_INSIDE_BREAKER', () => [breaker(), retry()]],
    ['HIGHWAY_FALLBACK_INSIDE_BREAKER', () => [breaker(), fallback()]],
    [
      'HIGHWAY_BULKHEAD_OUTSIDE_HEDGE',
      () => [new BulkheadPolicy({ maxConcurrent: 1 }), new HedgePolicy({ delay: 100 })],
    ],
    ['HIGHWAY_TIMEOUT_SHORTER_THAN_RETRY', () => [new TimeoutPolicy({ timeout: 200 }), retry()]],
  ])('passes %s to onWarning with its code, once', (code, policies) => {
    const warnings: unknown[] = [];
    const onWarning = (...given: unknown[]): void => void warnings.push(given);
    expect(codes(() => new Failsafe({ policies: policies(), onWarning }))).toEqual([]);
    expect(warnings).toEqual([[expect.any(String), { code }]]);
  });

  it('passes a warning to the host once if there is no onWarning', () => {
    const make = (): unknown => new Failsafe({ policies: [retry(), retry()] });
    expect([codes(make), codes(make)]).toEqual([['HIGHWAY_RETRY_INSIDE_RETRY'], []]);
  });

  it('does not warn of the recommended order, or of a retry without retries', () => {
    const policies = [fallback(), retry(), new RetryPolicy({ maxRetries: 0 }), breaker()];
    expect(codes(() => new Failsafe({ policies }))).toEqual([]);
  });
});

describe('a cache without a key', () => {
  it('warns if it wraps a function, alone or in a chain', () => {
    const fn = (): Promise<number> => Promise.resolve(1);
    const cache = new CachePolicy({ ttl: '1m', name: 'keyless' });
    const chain = new Failsafe({ policies: [new CachePolicy({ ttl: '1m', name: 'keyless 2' })] });
    expect(told(() => [cache(fn), cache(fn)])).toEqual([
      ['HIGHWAY_CACHE_WITHOUT_KEY', expect.stringContaining('"keyless"')],
    ]);
    expect(codes(() => chain(fn))).toEqual(['HIGHWAY_CACHE_WITHOUT_KEY']);
  });

  it('does not warn if calls have keys, or if it has a key function', () => {
    const cache = new CachePolicy({ ttl: '1m' });
    const keyed = new CachePolicy({ ttl: '1m', key: (id: string) => id });
    expect(codes(() => cache.execute(() => 1, { key: 'a' }))).toEqual([]);
    expect(codes(() => keyed((id: string) => Promise.resolve(id)))).toEqual([]);
  });
});

describe('a second policy with the same name', () => {
  it('warns while the first is alive, once for the name', () => {
    const kept: unknown[] = [];
    const make = (): unknown => kept.push(new CircuitBreakerPolicy({ name: 'twice' }));
    expect(codes(make)).toEqual([]);
    expect(told(make)).toEqual([['HIGHWAY_DUPLICATE_NAME', expect.stringContaining('"twice"')]]);
    expect(codes(make)).toEqual([]);
    expect(kept).toHaveLength(3);
  });

  it('does not warn if the policies differ in kind or have no name', () => {
    expect(
      codes(() => [
        new CircuitBreakerPolicy({ name: 'of two kinds' }),
        new RetryPolicy({ name: 'of two kinds' }),
        new RetryPolicy(),
        new RetryPolicy(),
      ]),
    ).toEqual([]);
  });

  it('does not warn if a registry makes its policies anew', () => {
    const registry = new PolicyRegistry({ retry: { maxRetries: 1 } });
    expect(
      codes(() => {
        const first = registry.retry('renewed');
        registry.reload({ retry: { maxRetries: 2 } });
        return [first, registry.retry('renewed')];
      }),
    ).toEqual([]);
  });
});

describe('a plain number under 100 where seconds are usual', () => {
  it.each<[string, () => Policy]>([
    ['cooldown: 30', () => new CircuitBreakerPolicy({ cooldown: 30 })],
    ['timeout: 2', () => new TimeoutPolicy({ timeout: 2 })],
    ['per: 1', () => new RateLimiterPolicy({ limit: 1, per: 1 })],
    ['ttl: 60', () => new CachePolicy({ ttl: 60 })],
  ])('warns: %s', (said, make) => {
    expect(told(make)).toEqual([['HIGHWAY_SHORT_DURATION', expect.stringContaining(said)]]);
    expect(told(make)).toEqual([]);
  });

  it.each<[string, () => Policy]>([
    ['a string with its unit', () => new TimeoutPolicy({ timeout: '30ms' })],
    ['an object', () => new CachePolicy({ ttl: { milliseconds: 30 } })],
    ['a time of 0', () => new CachePolicy({ ttl: 0 })],
    ['a hundred or more', () => new CircuitBreakerPolicy({ cooldown: 100 })],
    ['the delay of a hedge', () => new HedgePolicy({ delay: 20 })],
    ['a function', () => new TimeoutPolicy({ timeout: () => 20 })],
  ])('does not warn of %s', (_, make) => {
    expect(told(make)).toEqual([]);
  });
});
