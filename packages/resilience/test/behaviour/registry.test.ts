import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  PolicyRegistry,
  rate,
  RateLimiterPolicy,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { PolicyRegistryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, rejection, succeed, thrown } from '../support/calls.ts';

/** A section for each kind that has options without a default. */
const sections: PolicyRegistryOptions = {
  timeout: { timeout: '1s' },
  bulkhead: { maxConcurrent: 2 },
  rateLimiter: { limit: 5, per: '1s' },
  fallback: { fallback: 'instead' },
  hedge: { delay: '100ms' },
  cache: { ttl: '1m' },
};

const kinds = [
  ['circuitBreaker', CircuitBreakerPolicy],
  ['retry', RetryPolicy],
  ['timeout', TimeoutPolicy],
  ['bulkhead', BulkheadPolicy],
  ['rateLimiter', RateLimiterPolicy],
  ['fallback', FallbackPolicy],
  ['hedge', HedgePolicy],
  ['cache', CachePolicy],
  ['adaptiveLimiter', AdaptiveLimiterPolicy],
  ['adaptiveThrottler', AdaptiveThrottlerPolicy],
] as const;

describe.each(kinds)('registry.%s', (kind, type) => {
  it('makes a policy with the name, and returns the same one for that name', () => {
    const registry = new PolicyRegistry(sections);
    const policy = registry[kind]('host:a');
    expect(policy).toBeInstanceOf(type);
    expect(policy.name).toBe('host:a');
    expect(registry[kind]('host:a')).toBe(policy);
    expect(registry[kind]('host:b')).not.toBe(policy);
    expect(registry.size).toBe(2);
  });

  it('protects calls', async () => {
    expect(await succeed(new PolicyRegistry(sections)[kind]('a'))).toBe('fine');
  });

  it('throws for an invalid name', () => {
    const registry = new PolicyRegistry(sections);
    for (const bad of ['', undefined, null, 7]) {
      expect((thrown(() => registry[kind](bad as string)) as Error).message).toContain('name: ');
    }
    expect(registry.size).toBe(0);
  });
});

describe('a registry', () => {
  it('distinguishes policies of different kinds with the same name', () => {
    const registry = new PolicyRegistry();
    expect(registry.circuitBreaker('a')).not.toBe(registry.retry('a'));
    expect(registry.size).toBe(2);
  });

  it('makes policies from the section of their kind', async () => {
    const registry = new PolicyRegistry({
      circuitBreaker: { failureThreshold: '1/1' },
      retry: { maxRetries: 7 },
      fallback: { fallback: () => 'instead' },
    });
    const breaker = registry.circuitBreaker('a');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
    expect(registry.circuitBreaker('b').state).toBe('CLOSED');
    expect(registry.retry('a').settings).toMatchObject({ maxRetries: 7 });
    expect(await registry.fallback('a').execute(() => Promise.reject(new Error('x')))).toBe(
      'instead',
    );
  });

  it('makes policies with the defaults if there is no section', () => {
    const registry = new PolicyRegistry();
    expect(registry.retry('a').settings).toEqual(new RetryPolicy({ name: 'a' }).settings);
  });

  it('throws an error that names the missing option if a kind needs a section', () => {
    const registry = new PolicyRegistry();
    expect((thrown(() => registry.timeout('a')) as Error).message).toMatch(/^timeout: timeout: /);
    expect((thrown(() => registry.bulkhead('a')) as Error).message).toMatch(/maxConcurrent/);
    expect(registry.size).toBe(0);
  });

  it('passes its clock to policies whose section has none', async () => {
    const clock = new ManualClock();
    const own = new ManualClock();
    const registry = new PolicyRegistry({
      clock,
      circuitBreaker: { cooldown: '1s' },
      cache: { ttl: '1s', clock: own },
    });
    const breaker = registry.circuitBreaker('a');
    breaker.open();
    await clock.advance(400);
    expect(breaker.retryAfter).toBe(600);
    const cache = registry.cache('a');
    let calls = 0;
    const call = (): Promise<number> => cache.execute(() => ++calls, { key: 1 });
    await call();
    await clock.advance('1h');
    expect(await call()).toBe(1);
    await own.advance('1s');
    expect(await call()).toBe(2);
  });

  it('calls a section that is a function with each name', () => {
    const registry = new PolicyRegistry({
      retry: (name) => ({ maxRetries: name === 'fragile' ? 0 : 2 }),
    });
    expect(registry.retry('fragile').settings).toMatchObject({ maxRetries: 0 });
    expect(registry.retry('sturdy').settings).toMatchObject({ maxRetries: 2 });
  });

  it('throws what such a function throws', async () => {
    const registry = new PolicyRegistry({ retry: () => 5 as never });
    expect((thrown(() => registry.retry('a')) as Error).message).toMatch(/^retry: 5 /);
  });
});

describe('a section of the configuration', () => {
  it('may contain policy values, which are used as they are', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
    const registry = new PolicyRegistry({
      clock: new ManualClock(),
      circuitBreaker: {
        cooldown: new Backoff({ minDelay: 100, maxDelay: 100, jitter: 'full', random: () => 0.5 }),
        failureThreshold: rate(1, { over: '1m', minimumCalls: 2 }),
      },
      retry: { budget },
    });
    const breaker = registry.circuitBreaker('a');
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.retryAfter).toBe(50);
    let calls = 0;
    const failing = (): Promise<never> => {
      calls++;
      return Promise.reject(new Error('boom'));
    };
    await rejection(registry.retry('a').execute(failing));
    expect(calls).toBe(1);
  });

  it('may be objects without a prototype', () => {
    const backoff = Object.assign(Object.create(null) as object, { minDelay: 1, maxDelay: 2 });
    const registry = new PolicyRegistry({ retry: { backoff } });
    expect(registry.retry('a').settings).toMatchObject({ backoff: { minDelay: 1, maxDelay: 2 } });
  });

  it('may be a function, whose error the caller gets unchanged', () => {
    const reason: unknown = 'no error at all';
    const registry = new PolicyRegistry({
      retry: () => {
        throw reason;
      },
    });
    expect(thrown(() => registry.retry('a'))).toBe(reason);
  });
});

describe('the configuration', () => {
  it('may be plain data', async () => {
    const text = JSON.stringify({
      maxPolicies: 10,
      circuitBreaker: {
        failureThreshold: [
          '5/10',
          { type: 'consecutive', failures: 2 },
          { type: 'rate', ratio: 0.5, over: '10s', minimumCalls: 20 },
          { type: 'slow', ratio: 0.5, slowerThan: '1s' },
        ],
        cooldown: { minDelay: '1s', maxDelay: '1m' },
      },
      retry: {
        backoff: { minDelay: '10ms', maxDelay: '1s', factor: 3, jitter: 0 },
        budget: { ratio: 0.1 },
      },
      hedge: { delay: { milliseconds: 50 }, budget: { ratio: 0.3 } },
      timeout: { timeout: '2s' },
    });
    const registry = new PolicyRegistry(JSON.parse(text) as PolicyRegistryOptions);
    expect(registry.retry('a').settings).toMatchObject({
      backoff: { minDelay: 10, maxDelay: 1_000, factor: 3, jitter: 0 },
      budget: { ratio: 0.1 },
    });
    expect(registry.hedge('a').settings).toMatchObject({ delay: 50, budget: { ratio: 0.3 } });
    const breaker = registry.circuitBreaker('a');
    await fail(breaker);
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
    expect(breaker.retryAfter).toBeGreaterThan(0);
    expect(breaker.retryAfter).toBeLessThanOrEqual(1_000);
  });

  it('may have a single threshold, and a cooldown that is a duration', async () => {
    const clock = new ManualClock();
    const registry = new PolicyRegistry({
      clock,
      circuitBreaker: {
        failureThreshold: { type: 'consecutive', failures: 1 },
        cooldown: { seconds: 3 },
      },
    });
    const breaker = registry.circuitBreaker('a');
    await fail(breaker);
    expect(breaker.retryAfter).toBe(3_000);
  });

  it('makes policies of a kind share a budget that it contains', async () => {
    const registry = new PolicyRegistry({
      clock: new ManualClock(),
      retry: {
        backoff: { minDelay: 0, maxDelay: 0 },
        budget: { ratio: 0, minPerSecond: 0.1 },
        maxRetries: 1,
      },
    });
    let calls = 0;
    const call = (name: string): Promise<unknown> =>
      rejection(
        registry.retry(name).execute(() => {
          calls++;
          throw new Error('boom');
        }),
      );
    await call('a');
    expect(calls).toBe(2);
    await call('b');
    expect(calls).toBe(3);
  });

  it.each<[string, unknown, RegExp]>([
    ['what is no object', null, /PolicyRegistry/],
    ['an unknown section', { breaker: {} }, /unknown option "breaker"/],
    ['a section that is not an object', { retry: 3 }, /^retry: 3 /],
    ['a section that is null', { retry: null }, /^retry: null /],
    ['a section that is a list', { retry: [] }, /^retry: an array/],
    ['an unknown option', { retry: { retries: 3 } }, /^retry: .*"retries"/],
    ['an invalid option', { retry: { maxRetries: -1 } }, /^retry: maxRetries: -1/],
    ['a section without what it needs', { timeout: {} }, /^timeout: timeout: /],
    ['a name', { retry: { name: 'a' } }, /^retry: name: /],
    ['an invalid backoff', { retry: { backoff: { minDelay: -1 } } }, /^retry: minDelay: /],
    [
      'an invalid cooldown',
      { circuitBreaker: { cooldown: { minDelay: 1, maxDelay: 0 } } },
      /^circuitBreaker: maxDelay: /,
    ],
    ['an invalid budget', { hedge: { delay: 1, budget: { share: 1 } } }, /^hedge: .*"share"/],
    ['a budget that is a number', { retry: { budget: 1 } }, /^retry: budget: /],
    [
      'an unknown threshold',
      { circuitBreaker: { failureThreshold: { type: 'total' } } },
      /^circuitBreaker: failureThreshold: .*total/,
    ],
    [
      'an unknown threshold among several',
      { circuitBreaker: { failureThreshold: ['1/2', { type: 'total' }] } },
      /^circuitBreaker: failureThreshold\[1\]: /,
    ],
    [
      'an invalid threshold',
      {
        circuitBreaker: { failureThreshold: { type: 'rate', ratio: 2, over: 1, minimumCalls: 1 } },
      },
      /^circuitBreaker: rate: 2/,
    ],
    ['room for no policy', { maxPolicies: 0 }, /^maxPolicies: 0/],
    ['unlimited room', { maxPolicies: Infinity }, /^maxPolicies: Infinity/],
    ['an invalid clock', { clock: {} }, /^clock: /],
    ['an invalid onWarning', { onWarning: 1 }, /^onWarning: /],
  ])('rejects %s', (_name, config, message) => {
    const error = thrown(() => new PolicyRegistry(config as PolicyRegistryOptions));
    expect((error as Error).message).toMatch(message);
  });

  it('causes the same class of error as the policy does', () => {
    expect(thrown(() => new PolicyRegistry({ retry: { maxRetries: -1 } }))).toBeInstanceOf(
      RangeError,
    );
    expect(thrown(() => new PolicyRegistry({ timeout: { timeout: 'soon' } }))).toBeInstanceOf(
      TypeError,
    );
  });
});

describe('the configuration of a registry', () => {
  it('applies to every policy of its kind (resilience4j #2344)', () => {
    const clock = new ManualClock();
    const registry = new PolicyRegistry({
      clock,
      circuitBreaker: { cooldown: '7s', failureThreshold: '2/4', maxConcurrentTrials: 2 },
      hedge: { delay: '3s', maxHedges: 4 },
    });
    expect(registry.circuitBreaker('a').settings).toMatchObject({
      cooldown: 7_000,
      maxConcurrentTrials: 2,
    });
    expect(registry.hedge('b').settings).toMatchObject({ delay: 3_000, maxHedges: 4 });
  });

  it('may refer to itself (resilience4j #2190)', () => {
    const circular: Record<string, unknown> = { cooldown: '1s' };
    circular['failureThreshold'] = [circular];
    const make = (): unknown => new PolicyRegistry({ circuitBreaker: circular });
    expect(make).toThrow('failureThreshold');
    const registry: PolicyRegistry = new PolicyRegistry({
      circuitBreaker: (name) => {
        if (name === 'outer') registry.circuitBreaker('inner');
        return {};
      },
    });
    expect([registry.circuitBreaker('outer').name, registry.size]).toEqual(['outer', 2]);
  });
});
