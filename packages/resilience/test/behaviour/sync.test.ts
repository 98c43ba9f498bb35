import { describe, expect, it } from 'vitest';
import {
  BulkheadFullError,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RateLimitExceededError,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom, hold, thrown } from '../support/calls.ts';

/** Policies that never wait, in a state in which they let a call through. */
const kinds: readonly [string, () => Policy][] = [
  ['a breaker', () => new CircuitBreakerPolicy()],
  ['a breaker that is observed', () => observed(new CircuitBreakerPolicy())],
  ['a bulkhead', () => new BulkheadPolicy({ maxConcurrent: 1 })],
  ['a rate limiter', () => new RateLimiterPolicy({ limit: 100, per: '1s' })],
  [
    'a fallback that handles nothing',
    () => new FallbackPolicy({ fallback: 1, handle: () => false }),
  ],
  ['an empty Failsafe', () => new Failsafe({ policies: [] })],
  [
    'a Failsafe',
    () =>
      new Failsafe({
        policies: [
          new FallbackPolicy({ fallback: 1, handle: () => false }),
          new CircuitBreakerPolicy(),
          observed(new Failsafe({ policies: [new BulkheadPolicy({ maxConcurrent: 1 })] })),
        ],
      }),
  ],
];

function observed<P extends Policy>(policy: P): P {
  recordEvents(policy);
  return policy;
}

describe.each(kinds)('executeSync of %s', (_name, make) => {
  it('returns the value of the function, synchronously', () => {
    const policy = make();
    for (const value of [5, undefined, null, 'text', { then: 5 }]) {
      expect(policy.executeSync(() => value)).toBe(value);
    }
  });

  it('throws exactly what the function throws', () => {
    const policy = make();
    for (const value of [boom, 'text', undefined, null] as unknown[]) {
      const result = thrown(() =>
        policy.executeSync(() => {
          throw value;
        }),
      );
      expect(result).toBe(value);
    }
  });

  it('throws a TypeError if the function returns a promise or another thenable', () => {
    const policy = make();
    const error = thrown(() => policy.executeSync(() => Promise.resolve(1)));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain('executeSync');
    expect(thrown(() => policy.executeSync(() => ({ then: () => {} })))).toBeInstanceOf(TypeError);
  });

  it('throws a TypeError if it gets no function', () => {
    expect(thrown(() => make().executeSync(5 as never))).toBeInstanceOf(TypeError);
    expect(thrown(() => make().wrapSync(5 as never))).toBeInstanceOf(TypeError);
  });

  it('passes the attempt and a signal that never aborts to the function', () => {
    const { attempt, signal, disarm } = make().executeSync((context: CallContext) => context);
    expect([attempt, signal.aborted, typeof disarm]).toEqual([1, false, 'function']);
  });

  it('leaves no slot taken, whatever the outcome', () => {
    const policy = make();
    for (let i = 0; i < 4; i++) {
      policy.executeSync(() => 1);
      thrown(() => policy.executeSync(() => Promise.resolve(1)));
    }
    expect(policy.executeSync(() => 'still')).toBe('still');
  });
});

describe.each(kinds)('wrapSync of %s', (_name, make) => {
  it('returns a function with the same parameters, `this`, name and length', () => {
    function total(this: { base: number }, a: number, b: number): number {
      return this.base + a + b;
    }
    const wrapped = make().wrapSync(total);
    expect(wrapped.call({ base: 100 }, 20, 3)).toBe(123);
    expect([wrapped.name, wrapped.length]).toEqual(['total', 2]);
  });

  it('throws what the function throws, and a TypeError for a promise', () => {
    const wrapped = make().wrapSync((promise: boolean): unknown => {
      if (promise) return Promise.resolve(1);
      throw boom;
    });
    expect(thrown(() => wrapped(false))).toBe(boom);
    expect(thrown(() => wrapped(true))).toBeInstanceOf(TypeError);
  });
});

describe('executeSync', () => {
  it('counts in the breaker, which then rejects', () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/4' });
    const failing = (): never => {
      throw boom;
    };
    breaker.executeSync(() => 1);
    expect(thrown(() => breaker.executeSync(failing))).toBe(boom);
    expect(thrown(() => breaker.executeSync(failing))).toBe(boom);
    expect([...breaker.history]).toEqual([true, false, false]);
    expect(thrown(() => breaker.executeSync(failing))).toBeInstanceOf(CircuitOpenError);
  });

  it('is rejected by a full bulkhead that has a queue', () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 5, maxWait: '1s' });
    hold(bulkhead);
    expect(thrown(() => bulkhead.executeSync(() => 1))).toBeInstanceOf(BulkheadFullError);
    expect(bulkhead.queued).toBe(0);
  });

  it('is rejected by an exhausted rate limiter that lets other calls wait', () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s', maxWait: '1m' });
    expect(limiter.executeSync(() => 1)).toBe(1);
    const error = thrown(() => limiter.executeSync(() => 1));
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect((error as RateLimitExceededError).retryAfter).toBe(1000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is answered by a fallback, which gets errors and values', () => {
    const policy = new FallbackPolicy({
      fallback: (error, { attempt }) => [error, attempt],
      handleResult: (value) => value === 'bad',
    });
    const failing = (): number => {
      throw boom;
    };
    expect(policy.executeSync(failing)).toEqual([boom, 1]);
    expect(policy.executeSync((): string => 'bad')).toEqual([undefined, 1]);
    expect(policy.executeSync((): string => 'good')).toBe('good');
  });

  it('throws a TypeError if the fallback returns a promise', () => {
    const policy = new FallbackPolicy({ fallback: () => Promise.resolve(1) });
    const failing = (): number => {
      throw boom;
    };
    expect(thrown(() => policy.executeSync(failing))).toBeInstanceOf(TypeError);
  });

  it('throws the error of the fallback, with the first error as its cause', () => {
    const own = new Error('own');
    const policy = new FallbackPolicy({
      fallback: () => {
        throw own;
      },
    });
    const failing = (): number => {
      throw boom;
    };
    expect(thrown(() => policy.executeSync(failing))).toMatchObject({
      message: 'own',
      cause: boom,
    });
    expect(own).not.toHaveProperty('cause');
  });

  it.each([
    ['a retry', new RetryPolicy() as Policy],
    ['a timeout', new TimeoutPolicy({ timeout: '1s' }) as Policy],
  ])('throws a TypeError in %s, which would have to wait, and runs nothing', (_name, policy) => {
    for (const each of [policy, new Failsafe({ policies: [policy] }) as Policy]) {
      let ran = false;
      expect(thrown(() => each.executeSync(() => (ran = true)))).toBeInstanceOf(TypeError);
      expect(ran).toBe(false);
    }
  });

  it('emits the events that execute does', async () => {
    const policies: Policy[] = [
      new CircuitBreakerPolicy({ clock: new ManualClock() }),
      new BulkheadPolicy({ clock: new ManualClock(), maxConcurrent: 1 }),
      new RateLimiterPolicy({ clock: new ManualClock(), limit: 9, per: '1s' }),
      new FallbackPolicy({ clock: new ManualClock(), fallback: 1, handle: () => false }),
      new Failsafe({ clock: new ManualClock(), policies: [] }),
    ];
    for (const policy of policies) {
      using recording = recordEvents(policy);
      const failing = (): never => {
        throw boom;
      };
      await policy.execute(() => 1);
      await policy.executeOutcome(failing);
      const expected = [...recording.events];
      recording.clear();
      policy.executeSync(() => 1);
      thrown(() => policy.executeSync(failing));
      const ofCall = expected.map((event) => ({ ...event, callId: expect.any(Number) as unknown }));
      expect(recording.events).toEqual(ofCall);
      expect(recording.types).toEqual(['success', 'failure']);
    }
  });
});

describe('a call that cannot be synchronous', () => {
  const waiting: readonly [string, () => Policy][] = [
    ['a retry', () => new RetryPolicy()],
    ['a hedge', () => new HedgePolicy({ delay: '1s' })],
    ['a timeout', () => new TimeoutPolicy({ timeout: '1s' })],
    ['a fallback that gives a promise', () => new FallbackPolicy({ fallback: async () => 1 })],
  ];
  const failing = (): never => {
    throw boom;
  };

  it.each(waiting)('is a mistake for which no fallback outside %s answers', (_name, make) => {
    const fallback = new FallbackPolicy({ fallback: 'hidden' });
    const chain = new Failsafe({ policies: [fallback, new Failsafe({ policies: [make()] })] });
    expect(thrown(() => chain.executeSync(failing))).toBeInstanceOf(TypeError);
  });

  it('is a mistake if the function returns a promise, for which no fallback answers', () => {
    const fallback = new FallbackPolicy({ fallback: 'hidden' });
    const error = thrown(() => fallback.executeSync(() => Promise.resolve(1)));
    expect(error).toBeInstanceOf(TypeError);
  });

  it('is no outcome for a breaker, and takes no slot', () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1 });
    const chain = new Failsafe({ policies: [breaker, bulkhead] });
    thrown(() => chain.executeSync(() => Promise.resolve(1)));
    expect([breaker.state, breaker.history.length, bulkhead.inFlight]).toEqual(['CLOSED', 0, 0]);
  });

  it('is a mistake for which a cache serves no stale value', async () => {
    const clock = new ManualClock();
    const cache = new CachePolicy({ clock, ttl: 10, staleIfError: '1m', key: () => 'key' });
    const load = cache.wrapSync((promise: boolean): unknown => (promise ? Promise.resolve(1) : 1));
    load(false);
    await clock.advance(20);
    expect(thrown(() => load(true))).toBeInstanceOf(TypeError);
  });
});
