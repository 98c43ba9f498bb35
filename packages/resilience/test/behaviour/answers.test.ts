import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  CachePolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  PolicyRegistry,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import type { Policy } from '@highway/resilience';
import { ChaosPolicy, ManualClock } from '@highway/resilience/testing';
import { boom, fail, rejection, succeed, thrown } from '../support/calls.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

const clock = new ManualClock();
const common = { clock };

/** Every predicate, with the call that asks it. */
const predicates: Record<string, (answer: () => never) => Promise<unknown>> = {
  'handle of a breaker': (handle) => fail(new CircuitBreakerPolicy({ ...common, handle })),
  'ignore of a breaker': (ignore) => fail(new CircuitBreakerPolicy({ ...common, ignore })),
  'handleResult of a breaker': (handleResult) =>
    rejection(succeed(new CircuitBreakerPolicy({ ...common, handleResult }))),
  'handle of a retry': (handle) => fail(new RetryPolicy({ ...common, handle })),
  'handleResult of a retry': (handleResult) =>
    rejection(succeed(new RetryPolicy({ ...common, handleResult }))),
  'handle of a fallback': (handle) => fail(new FallbackPolicy({ fallback: 'no', handle })),
  'handleResult of a fallback': (handleResult) =>
    rejection(succeed(new FallbackPolicy({ fallback: 'no', handleResult }))),
  'handle of a hedge': (handle) => fail(new HedgePolicy({ ...common, delay: 5, handle })),
  'handleResult of a hedge': (handleResult) =>
    rejection(succeed(new HedgePolicy({ ...common, delay: 5, handleResult }))),
  'handle of an adaptive limiter': (handle) => fail(new AdaptiveLimiterPolicy({ handle })),
  'handle of an adaptive throttler': (handle) => fail(new AdaptiveThrottlerPolicy({ handle })),
  'handleResult of an adaptive throttler': (handleResult) =>
    rejection(succeed(new AdaptiveThrottlerPolicy({ handleResult }))),
  'enabled of chaos': (enabled) => rejection(succeed(new ChaosPolicy({ rate: 1, enabled }))),
};

/** Other functions of options, with the call that asks them. */
const questions: Record<string, (answer: () => never) => Promise<unknown>> = {
  'timeout of a timeout': (timeout) => rejection(succeed(new TimeoutPolicy({ timeout }))),
  'delay of a hedge': (delay) => rejection(succeed(new HedgePolicy({ ...common, delay }))),
  'priority of an adaptive limiter': (priority) =>
    rejection(succeed(new AdaptiveLimiterPolicy({ priority }))),
  'latency of chaos': (latency) =>
    rejection(succeed(new ChaosPolicy({ ...common, rate: 1, latency }))),
  'random of chaos': (random) =>
    rejection(succeed(new ChaosPolicy({ rate: 0.5, result: 'odd', random }))),
  'random of a backoff': (random) =>
    fail(
      new RetryPolicy({
        ...common,
        backoff: new Backoff({ minDelay: 5, maxDelay: 5, jitter: 'full', random }),
      }),
    ),
};

const rejecting = (): never => Promise.reject(new Error('lost')) as never;
const wrong = [
  ['a promise', rejecting, 'a Promise'],
  ['an object', () => ({}) as never, '{}'],
  ['a text', () => 'yes' as never, '"yes"'],
] as const;

describe.each(Object.entries(predicates))('the predicate %s', (name, ask) => {
  const option = name.split(' ')[0]!;

  it.each([
    ...wrong,
    ['nothing', () => undefined as never, 'undefined'],
    ['null', () => null as never, 'null'],
    ['a number', () => 1 as never, '1'],
  ] as const)('throws a TypeError with its name if it returns %s', async (_kind, answer, shown) => {
    const lost = await unhandledRejections(async () => {
      const error = (await ask(answer)) as TypeError;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(`${option}: returned ${shown}; expected true or false`);
    });
    expect(lost).toEqual([]);
  });
});

describe.each(Object.entries(questions))('the function %s', (name, ask) => {
  it.each(wrong)(
    'throws a TypeError with its name if it returns %s',
    async (_kind, answer, shown) => {
      const lost = await unhandledRejections(async () => {
        const error = (await ask(answer)) as TypeError;
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toMatch(new RegExp(`^${name.split(' ')[0]!}: `));
        expect(error.message).toContain(shown);
      });
      expect(lost).toEqual([]);
    },
  );
});

describe('an invalid return value', () => {
  it('keeps no slot', async () => {
    const limiter = new AdaptiveLimiterPolicy({ handle: rejecting });
    for (let i = 0; i < 30; i++) expect(await fail(limiter)).toBeInstanceOf(TypeError);
    expect(limiter.inFlight).toBe(0);
    const halfOpen = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '9/9',
      ignore: rejecting,
    });
    halfOpen.halfOpen();
    for (let i = 0; i < 5; i++) expect(await fail(halfOpen)).toBeInstanceOf(TypeError);
    expect(halfOpen.history.failureCount).toBe(5);
  });

  it('is rejected, such as a promise for a key or a fault', async () => {
    const key = (): unknown => Promise.reject(new Error('lost'));
    const lost = await unhandledRejections(async () => {
      const load = new CachePolicy({ ttl: 5, key })(() => 1);
      expect(await rejection(load())).toMatchObject({
        message: expect.stringMatching(/^key: /) as unknown,
      });
      const chaos = new ChaosPolicy({ rate: 1, fault: key });
      expect(await rejection(succeed(chaos))).toMatchObject({
        message: expect.stringMatching(/^fault: returned a Promise/) as unknown,
      });
    });
    expect(lost).toEqual([]);
  });

  it('is not taken for a trial slot', async () => {
    const breaker = new CircuitBreakerPolicy({ clock });
    supervisionOf(breaker).superviseTrials({ takeSlot: async () => Promise.reject(boom) } as never);
    breaker.halfOpen();
    const lost = await unhandledRejections(async () => {
      expect(await rejection(succeed(breaker))).toMatchObject({
        message: expect.stringMatching(/^takeSlot: returned a Promise/) as unknown,
      });
    });
    expect(lost).toEqual([]);
  });

  it('is rejected for a section of a registry, whose kind the error names', async () => {
    const sections = [rejecting, () => new Map(), () => [], () => 5];
    const lost = await unhandledRejections(() => {
      for (const retry of sections) {
        const error = thrown(() => new PolicyRegistry({ retry: retry as never }).retry('x'));
        expect(error).toMatchObject({
          message: expect.stringMatching(/^retry: .*an object/) as unknown,
        });
      }
    });
    expect(lost).toEqual([]);
  });
});

describe('an error that the function of a section throws', () => {
  it('reaches the caller unchanged', () => {
    const registry = new PolicyRegistry({
      retry: () => {
        throw boom;
      },
    });
    expect(thrown(() => registry.retry('x'))).toBe(boom);
    expect(boom.message).toBe('boom');
  });
});

describe('the key of a call', () => {
  it('must not be a promise, which no later call would find again', async () => {
    const cache = new CachePolicy({ ...common, ttl: '1m' });
    const lost = await unhandledRejections(async () => {
      const error = await rejection(
        cache.execute(() => 'fine', { key: Promise.reject(new Error('lost')) }),
      );
      expect(error).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(/^key: a Promise is invalid/) as unknown,
      });
    });
    expect(lost).toEqual([]);
    expect(cache.size).toBe(0);
  });
});

describe('options', () => {
  const others: Record<string, () => unknown> = {
    'a promise': () => Promise.resolve({ maxRetries: 9 }),
    'a rejected promise': () => Promise.reject(new Error('lost')),
    'something with a then': () => Object.create({ then: () => {} }) as unknown,
    'a Map': () => new Map([['maxRetries', 9]]),
    'a Set': () => new Set(),
    'a date': () => new Date(),
    'an error': () => boom,
    'a signal': () => new AbortController().signal,
    'a policy': () => new RetryPolicy(),
    'a function': () => () => 5,
  };

  it.each(Object.entries(others))('are rejected if they are %s', async (_name, options) => {
    const lost = await unhandledRejections(() => {
      const make = (): Policy => new RetryPolicy(options() as never);
      expect(thrown(make)).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(
          /^RetryPolicy: options must be an object, got an? /,
        ) as unknown,
      });
    });
    expect(lost).toEqual([]);
  });

  it('may be an instance of the user’s own class', () => {
    class Config {
      readonly maxRetries = 9;
    }
    expect(new RetryPolicy(new Config()).settings['maxRetries']).toBe(9);
  });

  it('may be an object without a prototype', () => {
    const options = Object.assign(Object.create(null) as object, { maxRetries: 9 });
    expect(new RetryPolicy(options).settings['maxRetries']).toBe(9);
  });
});
