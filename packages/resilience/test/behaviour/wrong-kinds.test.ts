import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  Fraction,
  HedgePolicy,
  observe,
  PolicyRegistry,
  rate,
  RateLimiterPolicy,
  RetryPolicy,
  slow,
  TimeoutPolicy,
  toMs,
} from '@highway/resilience';
import { ChaosPolicy } from '@highway/resilience/testing';
import { boom, thrown } from '../support/calls.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

class Own extends Error {}

/** Every option that takes a function, with what makes its policy. */
const functions: Record<string, (given: never) => unknown> = {
  'handle of a breaker': (handle) => new CircuitBreakerPolicy({ handle }),
  'ignore of a breaker': (ignore) => new CircuitBreakerPolicy({ ignore }),
  'handleResult of a breaker': (handleResult) => new CircuitBreakerPolicy({ handleResult }),
  'onStateChange of a breaker': (onStateChange) => new CircuitBreakerPolicy({ onStateChange }),
  'handle of a retry': (handle) => new RetryPolicy({ handle }),
  'onRetry of a retry': (onRetry) => new RetryPolicy({ onRetry }),
  'handle of a fallback': (handle) => new FallbackPolicy({ fallback: 1, handle }),
  'fallback of a fallback': (fallback) => new FallbackPolicy({ fallback }),
  'handle of a hedge': (handle) => new HedgePolicy({ delay: 1, handle }),
  'delay of a hedge': (delay) => new HedgePolicy({ delay }),
  'timeout of a timeout': (timeout) => new TimeoutPolicy({ timeout }),
  'key of a cache': (key) => new CachePolicy({ ttl: 1, key }),
  'priority of a limiter': (priority) => new AdaptiveLimiterPolicy({ priority }),
  'random of a backoff': (random) => new Backoff({ minDelay: 1, maxDelay: 1, random }),
  'enabled of chaos': (enabled) => new ChaosPolicy({ rate: 1, enabled }),
  'fault of chaos': (fault) => new ChaosPolicy({ rate: 1, fault }),
  'onWarning of a Failsafe': (onWarning) => new Failsafe({ policies: [], onWarning }),
  'retry of a registry': (retry) => new PolicyRegistry({ retry }),
  'observe of the process': (listener) => observe(listener),
  'on of a policy': (listener) => new RetryPolicy().on('retry', listener),
};

/** A class as older compilers make it. */
function Old(): void {}
Old.prototype = Object.create(Error.prototype) as object;

describe.each(Object.entries(functions))('%s', (name, give) => {
  it.each([TypeError, Own, Date, Promise, Old])(
    'throws for the class %o, and the error names it',
    (type) => {
      const { message } = thrown(() => give(type as never)) as Error;
      expect(message).toMatch(new RegExp(`^${name.split(' ')[0]!}: `));
      expect(message).toContain(`a class (${type.name})`);
    },
  );
});

describe('a predicate', () => {
  it('may be a built-in that converts values, such as Boolean', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1', handleResult: Boolean });
    await breaker.execute(() => 'true');
    expect(breaker.state).toBe('OPEN');
    const load = new CachePolicy({ ttl: '1h', key: String })((id: number) => ({ id }));
    expect(await load(5)).toBe(await load(5));
  });

  it('may be a function of any other kind', () => {
    const kinds = [
      () => true,
      function usual() {
        return true;
      },
      { method: () => true }.method,
      Number.isNaN,
      (() => true).bind(undefined),
      new Proxy(() => true, {}),
    ];
    for (const handle of kinds) expect(() => new RetryPolicy({ handle })).not.toThrow();
  });
});

const secret = 'postgres://admin:hunter2@db.example/orders?sslmode=require';
const long = 'x'.repeat(100_000);
const breaker = new CircuitBreakerPolicy();
const named = new RetryPolicy({ name: 'orders' });
const wrong: readonly (readonly [what: string, make: () => unknown, shown: string])[] = [
  [
    'one policy twice',
    () => new Failsafe({ policies: [breaker, breaker] }),
    'a CircuitBreakerPolicy',
  ],
  ['one named policy twice', () => new Failsafe({ policies: [named, named] }), '(orders)'],
  ['policies instead of options', () => new Failsafe([named] as never), 'got an array'],
  ['a policy instead of options', () => new Failsafe(named as never), 'got a RetryPolicy (orders)'],
  [
    'a class as a policy',
    () => new Failsafe({ policies: [RetryPolicy] as never }),
    'a class (RetryPolicy)',
  ],
  [
    'a function as a policy',
    () => new Failsafe({ policies: [long.at] as never }),
    'a function (at)',
  ],
  [
    'a promised policy',
    () => new Failsafe({ policies: [Promise.reject(boom)] as never }),
    'a Promise',
  ],
  ['classes as a predicate', () => new RetryPolicy({ handle: [TypeError] as never }), 'an array'],
  [
    'a promise that is wrapped',
    () => (breaker as never as (given: unknown) => void)(Promise.reject(boom)),
    'a Promise',
  ],
  ['nothing that is wrapped', () => (breaker as never as () => void)(), 'nothing'],
  ['a class that is wrapped', () => breaker(Own as never), 'a class (Own)'],
  [
    'a function with options',
    () => breaker(() => 1, { timeout: 5 } as never, undefined as never),
    'and {"timeout":5}',
  ],
  ['a share in percent', () => rate(50, { over: '1s', minimumCalls: 5 }), 'at most 1'],
  ['a share of 0', () => slow(0, { slowerThan: 1 }), 'above 0'],
  [
    'a number as a threshold',
    () => new CircuitBreakerPolicy({ failureThreshold: 5 as never }),
    'consecutive',
  ],
  ['a section that is missing', () => new PolicyRegistry().timeout('x'), 'no section for it'],
  [
    'a secret',
    () => new RetryPolicy({ backoff: { password: secret } as never }),
    'an object with password',
  ],
  ['a long string', () => new RetryPolicy({ backoff: long as never }), '…'],
  ['a long key', () => new RetryPolicy({ [long]: 1 }), '…'],
  ['a long list', () => new RetryPolicy({ backoff: new Array(1e6).fill(7) as never }), 'an array'],
  [
    'a great object',
    () => new RetryPolicy({ backoff: { a: long, b: 1, c: 2, d: 3, e: 4 } as never }),
    'a, b, c, d, …',
  ],
  ['a string of lines', () => new RetryPolicy({ backoff: 'a\nb' as never }), '"a b"'],
  ['a date', () => new RetryPolicy({ backoff: new Date() as never }), 'a Date'],
  ['an instance', () => new RetryPolicy({ backoff: new Fraction(1, 2) as never }), 'a Fraction'],
  ['an error', () => new RetryPolicy({ budget: new Own(secret) as never }), 'an Own'],
];

describe('the message about an invalid value', () => {
  it.each(wrong)('is one short line that says what was given: %s', async (_what, make, shown) => {
    const lost = await unhandledRejections(() => {
      const { message } = thrown(make) as Error;
      expect(message).toContain(shown);
      expect(message).not.toMatch(/\n|=>|hunter2|\{\s*\[native/);
      expect(message.length).toBeLessThan(300);
    });
    expect(lost).toEqual([]);
  });
});

describe('a string of any length', () => {
  const evil: Record<string, (length: number) => string> = {
    spaces: (n) => `${' '.repeat(n)}x`,
    digits: (n) => `${'1'.repeat(n)}x`,
    'digits and spaces': (n) => `${'1'.repeat(n)}${' '.repeat(n)}x`,
    'a digit and spaces': (n) => `1${' '.repeat(n)}!`,
    points: (n) => `${'1.'.repeat(n)}x`,
    parts: (n) => `${'1s '.repeat(n)}x`,
    fractions: (n) => `1${' '.repeat(n)}/${' '.repeat(n)}1${' '.repeat(n)}x`,
  };

  it.each(Object.entries(evil))('is rejected at once, and shown in part: %s', (_name, make) => {
    const text = make(500_000);
    for (const read of [
      () => toMs('option', text),
      () => new CircuitBreakerPolicy({ failureThreshold: text as never }),
      () => new RateLimiterPolicy({ limit: 1, per: text }),
      () => new BulkheadPolicy({ maxConcurrent: text as never }),
    ]) {
      expect((thrown(read) as Error).message.length).toBeLessThan(300);
    }
  });

  it('may contain the spaces that its parts allow', () => {
    const texts = ['1m30s', ' 1m 30s ', '1 m 30 s', '90s', '90000ms', '1.5m', '0.5m1m'];
    for (const text of texts) expect(toMs('option', text)).toBe(90_000);
    for (const text of ['', ' ', 'x1s', '1s x', '1', '1.s', '.5s', '-1s', '1e3s', '1s,2s']) {
      expect(() => toMs('option', text)).toThrow('option');
    }
  });
});
