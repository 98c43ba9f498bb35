import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  FallbackPolicy,
  RateLimiterPolicy,
  RateLimitExceededError,
  RetriesExceededError,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';

const clock = new ManualClock();
const kindOf = (error: unknown): unknown => (error as Error).constructor;

/** Each policy in the state in which it gives up, and the error of that. */
const inners: readonly [string, () => Policy, unknown][] = [
  [
    'a breaker',
    () => {
      const breaker = new CircuitBreakerPolicy({ clock });
      breaker.open();
      return breaker;
    },
    CircuitOpenError,
  ],
  [
    'a bulkhead',
    () => {
      const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
      bulkhead.tryAcquire();
      return bulkhead;
    },
    BulkheadFullError,
  ],
  [
    'a rate limiter',
    () => {
      const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s' });
      limiter.tryAcquire();
      return limiter;
    },
    RateLimitExceededError,
  ],
  ['a timeout', () => new TimeoutPolicy({ clock, timeout: 100 }), TimeoutExceededError],
  [
    'a retry',
    () => new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.none }),
    RetriesExceededError,
  ],
  [
    'a fallback that fails',
    () =>
      new FallbackPolicy({
        fallback: () => {
          throw new SyntaxError('the fallback');
        },
      }),
    SyntaxError,
  ],
];

describe.each(inners)('a fallback outside %s', (_name, make, error) => {
  it.each([
    ['beside it in a chain', (fallback: Policy, inner: Policy) => [fallback, inner]],
    [
      'with it in a chain of its own',
      (fallback: Policy, inner: Policy) => [
        fallback,
        new Failsafe({ policies: [inner] }) as Policy,
      ],
    ],
  ])('replaces its error (%s)', async (_form, order) => {
    const fallback = new FallbackPolicy({ fallback: kindOf });
    const failsafe = new Failsafe({ policies: order(fallback, make()) });
    const result = failsafe.execute(({ signal }) => {
      if (error !== TimeoutExceededError) throw boom;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(boom));
      });
    });
    await clock.advance(100);
    expect(await result).toBe(error);
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a fallback inside another policy', () => {
  it('answers before a breaker sees the outcome, which is a success', async () => {
    const breaker = new CircuitBreakerPolicy({ clock });
    const fallback = new FallbackPolicy({ fallback: 'instead' });
    const failsafe = new Failsafe({ policies: [breaker, fallback] });
    expect(await failsafe.execute(() => Promise.reject(boom))).toBe('instead');
    expect([breaker.history.successCount, breaker.history.failureCount]).toEqual([1, 0]);
  });

  it('leaves a retry nothing to repeat', async () => {
    const retry = new RetryPolicy({ clock, backoff: Backoff.none });
    const failsafe = new Failsafe({
      policies: [retry, new FallbackPolicy({ fallback: 'instead' })],
    });
    let calls = 0;
    const result = failsafe.execute(() => {
      calls++;
      throw boom;
    });
    expect([await result, calls]).toEqual(['instead', 1]);
  });

  it('runs at each attempt of a retry if it fails, too', async () => {
    const attempts: number[] = [];
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ clock, maxRetries: 2, backoff: Backoff.none }),
        new FallbackPolicy({
          fallback: (error, { attempt }) => {
            attempts.push(attempt);
            throw error;
          },
        }),
      ],
    });
    const error = await rejection(failsafe.execute(() => Promise.reject(boom)));
    expect((error as RetriesExceededError).cause).toBe(boom);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('may take no longer than a timeout leaves', async () => {
    const fallback = new FallbackPolicy({ fallback: () => new Promise(() => {}) });
    const timeout = new TimeoutPolicy({ clock, timeout: 100 });
    const failsafe = new Failsafe({ policies: [timeout, fallback] });
    const caught = rejection(failsafe.execute(() => Promise.reject(boom)));
    await clock.advance(100);
    expect(await caught).toBeInstanceOf(TimeoutExceededError);
  });

  it('does not run for an error that comes after the deadline of a timeout', async () => {
    let asked = 0;
    const fallback = new FallbackPolicy({ fallback: () => asked++ });
    const timeout = new TimeoutPolicy({ clock, timeout: 100 });
    const call = hold(new Failsafe({ policies: [timeout, fallback] }));
    await clock.advance(100);
    expect(await rejection(call.result)).toBeInstanceOf(TimeoutExceededError);
    await call.fail();
    await settle();
    expect(asked).toBe(0);
  });

  it('runs in the slot of a bulkhead', async () => {
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const seen: number[] = [];
    const fallback = new FallbackPolicy({ fallback: () => seen.push(bulkhead.inFlight) });
    await new Failsafe({ policies: [bulkhead, fallback] }).execute(() => Promise.reject(boom));
    expect([seen, bulkhead.inFlight]).toEqual([[1], 0]);
    const outside = new Failsafe({
      policies: [new FallbackPolicy({ fallback: () => seen.push(bulkhead.inFlight) }), bulkhead],
    });
    await outside.execute(() => Promise.reject(boom));
    expect(seen).toEqual([1, 0]);
  });

  it('answers before another fallback', async () => {
    const failsafe = new Failsafe({
      policies: [
        new FallbackPolicy({ fallback: 'outer' }),
        new FallbackPolicy({ fallback: 'inner' }),
      ],
    });
    expect(await failsafe.execute(() => Promise.reject(boom))).toBe('inner');
  });
});

describe('a fallback around a timeout', () => {
  it('runs once for a call that takes too long, even if that fails later (opossum #198 #201)', async () => {
    const clock = new ManualClock();
    let runs = 0;
    const fallback = new FallbackPolicy({ fallback: () => ++runs });
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const call = hold(new Failsafe({ policies: [fallback, timeout] }));
    await clock.advance('1s');
    expect(await call.result).toBe(1);
    await call.fail();
    await settle();
    expect(runs).toBe(1);
  });
});
