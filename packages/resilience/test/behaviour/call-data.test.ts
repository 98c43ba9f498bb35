import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  PolicyRegistry,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy, PredicateContext, RetryInfo } from '@highway/resilience';
import { ChaosPolicy, ManualClock } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';

const data = { tenant: 'a' };

function throwing(): never {
  throw boom;
}

describe.each(transparentPolicies)('the data of a call through %s', (_name, make) => {
  it('is in the context of its function', async () => {
    expect(await make().execute((context) => context.data, { data })).toBe(data);
    const outcome = await make().executeOutcome((context) => context.data, { data });
    expect(outcome).toEqual({ ok: true, value: data });
  });

  it('is there beside a signal and a key', async () => {
    const { signal } = new AbortController();
    const options = { signal, key: 'k', data };
    expect(await make().execute((context) => context.data, options)).toBe(data);
  });

  it('is undefined if the caller gives none', async () => {
    expect(await make().execute((context) => [context.data])).toEqual([undefined]);
    expect(await make().withContext((context) => [context.data])()).toEqual([undefined]);
  });

  it('may be any value', async () => {
    for (const each of [null, 0, '', false, Symbol.iterator]) {
      expect(await make().execute((context) => context.data, { data: each })).toBe(each);
    }
  });
});

describe('the data in a context', () => {
  it('can be destructured and spread', async () => {
    const run = new TimeoutPolicy({ timeout: 50, clock: new ManualClock() }).execute(
      (context) => {
        const { data: one } = context;
        return [one, { ...context }.data, Object.assign({}, context).data];
      },
      { data },
    );
    expect(await run).toEqual([data, data, data]);
  });

  it('is there for a function that declares no parameter', async () => {
    const read = (...args: CallContext[]): unknown => args[0]!.data;
    expect(await new CircuitBreakerPolicy().execute(read, { data })).toBe(data);
    expect(await new CircuitBreakerPolicy().execute(read)).toBe(undefined);
  });

  it('is the same in each attempt, and through all policies of a Failsafe', async () => {
    const clock = new ManualClock();
    const seen: unknown[] = [];
    const note = ({ data: given }: CallContext): number => {
      seen.push(given);
      return 0;
    };
    const inner = new Failsafe({
      policies: [
        new HedgePolicy({ clock, delay: note, maxHedges: 1, handle: () => false }),
        new ChaosPolicy({ rate: 1, latency: note }),
        new TimeoutPolicy({ clock, timeout: 50 }),
        new AdaptiveLimiterPolicy({ clock, priority: (context) => (note(context), 'high') }),
      ],
    });
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 1 });
    const fallback = new FallbackPolicy({ fallback: (_, context) => note(context) });
    const failsafe = new Failsafe({ policies: [fallback, retry, inner] });
    const run = failsafe.execute((context) => (note(context), throwing()), { data });
    expect(await run).toBe(0);
    expect(seen.length).toBeGreaterThan(8);
    expect(new Set(seen)).toEqual(new Set([data]));
  });

  it('is that of the call which started a shared execution', async () => {
    const cache = new CachePolicy({ ttl: 0 });
    const read = (context: CallContext): unknown => context.data;
    const both = [
      cache.execute(read, { key: 'k', data: 1 }),
      cache.execute(read, { key: 'k', data: 2 }),
    ];
    expect(await Promise.all(both)).toEqual([1, 1]);
  });
});

type Ask = (of: unknown, context: PredicateContext) => boolean;

const judging: readonly (readonly [name: string, make: (ask: Ask) => Policy<unknown>])[] = [
  ['handle of a retry', (handle) => new RetryPolicy({ backoff: Backoff.none, handle })],
  ['handle of a hedge', (handle) => new HedgePolicy({ delay: 0, handle })],
  ['handle of a fallback', (handle) => new FallbackPolicy({ fallback: 1, handle })],
  ['handle of a breaker', (handle) => new CircuitBreakerPolicy({ handle })],
  ['ignore of a breaker', (ignore) => new CircuitBreakerPolicy({ ignore })],
  ['handle of a throttler', (handle) => new AdaptiveThrottlerPolicy({ handle })],
  ['handle of a limiter', (handle) => new AdaptiveLimiterPolicy({ handle })],
];

const judgingResults: readonly (readonly [name: string, make: (ask: Ask) => Policy<unknown>])[] = [
  ['a retry', (handleResult) => new RetryPolicy({ backoff: Backoff.none, handleResult })],
  ['a hedge', (handleResult) => new HedgePolicy({ delay: 100, handleResult })],
  ['a fallback', (handleResult) => new FallbackPolicy({ fallback: 1, handleResult })],
  ['a breaker', (handleResult) => new CircuitBreakerPolicy({ handleResult })],
  ['a throttler', (handleResult) => new AdaptiveThrottlerPolicy({ handleResult })],
];

describe.each(judging)('the predicate %s', (_name, make) => {
  it('gets the number of the attempt and the data of the call', async () => {
    const asked: unknown[] = [];
    const policy = make((error, context) => {
      asked.push(error, { ...context });
      return false;
    });
    await policy.executeOutcome(throwing, { data });
    await policy.executeOutcome(throwing, { data, signal: new AbortController().signal });
    expect(asked.slice(0, 2)).toEqual([boom, { attempt: 1, data }]);
    expect(asked.slice(-1)).toEqual([{ attempt: expect.any(Number) as number, data }]);
  });

  it('gets no data if the call has none', async () => {
    const asked: unknown[] = [];
    const policy = make((_, context) => {
      asked.push(context);
      return false;
    });
    await policy.executeOutcome(throwing);
    expect(asked[0]).toStrictEqual({ attempt: 1, data: undefined });
  });

  it('gets the outcome alone if it declares one parameter or a rest', async () => {
    const asked: unknown[][] = [];
    const policy = make((...given) => asked.push(given) < 0);
    await policy.executeOutcome(throwing, { data });
    for (const given of asked) expect(given).toEqual([boom]);
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe.each(judgingResults)('the predicate handleResult of %s', (_name, make) => {
  it('gets the number of the attempt and the data of the call', async () => {
    const asked: unknown[] = [];
    const policy = make((value, context) => {
      asked.push(value, { ...context });
      return false;
    });
    expect(await policy.execute(() => 5, { data })).toBe(5);
    expect(asked).toEqual([5, { attempt: 1, data }]);
  });
});

describe('a predicate that asks for its context', () => {
  it('is told the number of each attempt by a retry', async () => {
    const asked: unknown[] = [];
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      maxRetries: 5,
      handle: (_, { attempt }) => {
        asked.push(attempt);
        return attempt < 3;
      },
    });
    expect(await rejection(retry.execute(throwing))).toBe(boom);
    expect(asked).toEqual([1, 2, 3]);
  });

  it('is told the number of each attempt by a breaker inside a retry', async () => {
    const asked: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      handle: (_, { attempt, data: given }) => asked.push([attempt, given]) < 0,
    });
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const failsafe = new Failsafe({ policies: [retry, breaker] });
    await failsafe.executeOutcome(throwing, { data });
    expect(asked).toEqual([
      [1, data],
      [2, data],
      [3, data],
    ]);
  });

  it('decides about rejections, too', async () => {
    const open = new CircuitBreakerPolicy();
    open.isolate();
    const asked: unknown[] = [];
    const retry = new RetryPolicy({
      handleRejection: (_, context) => asked.push({ ...context }) < 0,
    });
    await new Failsafe({ policies: [retry, open] }).executeOutcome(throwing, { data });
    expect(asked).toEqual([{ attempt: 1, data }]);
  });

  it('judges the calls of a breaker one by one, in every state', async () => {
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '2/2',
      successThreshold: '1/1',
      handle: (_, { data: given }) => given === 'counts',
    });
    const call = (given: string): Promise<unknown> =>
      breaker.executeOutcome(throwing, { data: given });
    await Promise.all([call('counts'), call('does not'), call('counts'), call('does not')]);
    expect([...breaker.history]).toEqual([false, true]);
    breaker.halfOpen();
    await call('does not');
    expect(breaker.state).toBe('CLOSED');
    breaker.halfOpen();
    await call('counts');
    expect(breaker.state).toBe('OPEN');
  });

  it('judges permits, which have no data', () => {
    const asked: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      handle: (_, context) => asked.push({ ...context }) < 0,
    });
    breaker.tryAcquire()!.failure(boom);
    expect(asked).toEqual([{ attempt: 1, data: undefined }]);
  });

  it('may be in a section of a registry', async () => {
    const registry = new PolicyRegistry({
      retry: { maxRetries: 2, backoff: Backoff.none, handle: (_, { attempt }) => attempt < 2 },
    });
    let attempts = 0;
    const run = registry.retry('a').execute(() => {
      attempts++;
      throw boom;
    });
    expect(await rejection(run)).toBe(boom);
    expect(attempts).toBe(2);
  });
});

describe('the data of a retried call', () => {
  it('is passed to onRetry, and left out if there is none', async () => {
    const infos: RetryInfo[] = [];
    const onRetry = (info: RetryInfo): unknown => infos.push(info);
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1, onRetry });
    await retry.executeOutcome(throwing, { data });
    await retry.executeOutcome(throwing);
    const info = { attempt: 1, delay: 0, error: boom };
    expect(infos).toStrictEqual([{ ...info, data }, info]);
  });

  it('is passed to predicates and onRetry by decide()', () => {
    const asked: unknown[] = [];
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      handle: (error, context) => asked.push(error, { ...context }) > 0,
      onRetry: (info) => asked.push(info),
    });
    const decision = retry.decide({ attempt: 2, error: boom, data });
    expect(decision).toEqual({ retry: true, delay: 0 });
    const info = { attempt: 2, delay: 0, error: boom, data };
    expect(asked).toEqual([boom, { attempt: 2, data }, info]);
  });
});
