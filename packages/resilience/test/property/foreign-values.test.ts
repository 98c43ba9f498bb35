import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  isRejection,
  isResilienceError,
  isTimeout,
  PolicyRegistry,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ChaosPolicy, ManualClock } from '@highway/resilience/testing';
import { foreignValues } from '../support/foreign-values.ts';
import { runs } from './parameters.ts';

/** A policy, and how many calls it takes to be running. */
interface Subject {
  readonly policy: Policy<unknown>;
  held(): number;
}

const plain = (policy: Policy<unknown>): Subject => ({ policy, held: () => 0 });
const no = (): boolean => false;
// None opens here: what is looked at is what calls pass through.
const failureThreshold = '999/999';

const makers: Record<string, (clock: ManualClock) => Subject> = {
  breaker: (clock) => plain(new CircuitBreakerPolicy({ clock, failureThreshold })),
  'judging breaker': (clock) =>
    plain(new CircuitBreakerPolicy({ clock, failureThreshold, handleResult: no })),
  'half-open breaker': (clock) => {
    const policy = new CircuitBreakerPolicy({
      clock,
      successThreshold: '50/50',
      maxConcurrentTrials: 1,
      ignore: () => true,
    });
    policy.halfOpen();
    // A slot that was not given back would reject the next call.
    return plain(policy);
  },
  'counted breaker': (clock) =>
    plain(
      new PolicyRegistry({ clock, circuitBreaker: { failureThreshold } }).circuitBreaker('counted'),
    ),
  bulkhead: (clock) => {
    const policy = new BulkheadPolicy({ clock, maxConcurrent: 5, maxQueued: 5 });
    return { policy, held: () => policy.inFlight + policy.queued };
  },
  'rate limiter': (clock) => plain(new RateLimiterPolicy({ clock, limit: 99, per: 1 })),
  'adaptive limiter': (clock) => {
    const policy = new AdaptiveLimiterPolicy({ clock });
    return { policy, held: () => policy.inFlight };
  },
  'judging limiter': (clock) => {
    const policy = new AdaptiveLimiterPolicy({ clock, handle: no, priority: () => 'high' });
    return { policy, held: () => policy.inFlight };
  },
  throttler: (clock) => plain(new AdaptiveThrottlerPolicy({ clock, random: () => 0.999 })),
  timeout: (clock) => plain(new TimeoutPolicy({ clock, timeout: 500 })),
  retry: (clock) => plain(new RetryPolicy({ clock, backoff: Backoff.none, handleResult: no })),
  'retry of nothing': (clock) => plain(new RetryPolicy({ clock, handle: no })),
  hedge: (clock) => plain(new HedgePolicy({ clock, delay: 50 })),
  cache: (clock) => plain(new CachePolicy({ clock, ttl: 50 })),
  fallback: (clock) =>
    plain(
      new FallbackPolicy({
        clock,
        fallback: (error) => {
          throw error;
        },
        handleResult: no,
      }),
    ),
  chaos: (clock) => plain(new ChaosPolicy({ clock, rate: 0 })),
};

const kinds = fc.constantFrom(...Object.keys(makers));
const values = fc.constantFrom(...foreignValues);

/** What a caller got. */
type Got = { readonly value: unknown } | { readonly error: unknown };

async function get(run: () => unknown): Promise<Got> {
  const promise = run() as Promise<unknown>;
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: rootOf(error) }),
  );
}

/** A retry tells of the error that it gave up on. */
function rootOf(error: unknown): unknown {
  const wrapped = isResilienceError(error) && error.code === 'ERR_RETRIES_EXCEEDED';
  return wrapped ? rootOf(error.cause) : error;
}

/** What the language makes of a value is the same each time, but for errors that it makes itself. */
function same(got: Got, wanted: Got): void {
  expect('value' in got).toBe('value' in wanted);
  if ('value' in got && 'value' in wanted) expect(Object.is(got.value, wanted.value)).toBe(true);
  if (!('error' in got) || !('error' in wanted)) return;
  if (Object.is(got.error, wanted.error)) return;
  expect([String(got.error)]).toEqual([String(wanted.error)]);
  expect(String(got.error)).toMatch(/^(TypeError|RangeError)/);
}

describe('a value that cannot be read', { timeout: 240_000 }, () => {
  it('passes through every chain of policies, and leaves nothing taken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 1, maxLength: 3 }),
        values,
        fc.record({ throws: fc.boolean(), rejects: fc.boolean(), listens: fc.boolean() }),
        fc.boolean(),
        async (chain, [, make], { throws, rejects, listens }, signalled) => {
          const clock = new ManualClock();
          const subjects = chain.map((kind) => makers[kind]!(clock));
          const policies = subjects.map(({ policy }) => policy);
          if (listens) for (const each of policies) each.on('failure', () => {});
          const policy =
            policies.length === 1 ? policies[0]! : new Failsafe({ policies, onWarning: () => {} });
          const value = make();
          const fn = (): unknown => {
            if (!throws) return value;
            if (rejects) return Promise.reject(value);
            throw value;
          };
          const options = signalled ? { signal: new AbortController().signal } : undefined;
          const wanted = throws ? { error: value } : await get(async () => value);
          for (let i = 0; i < 3; i++) {
            same(await get(() => policy.execute(fn, options)), wanted);
            same(await get(policy(fn)), wanted);
          }
          for (const { held } of subjects) expect(held()).toBe(0);
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      runs(800),
    );
  });

  it('passes through synchronous calls, too', () => {
    const waiting = /retry|hedge|timeout/;
    fc.assert(
      fc.property(kinds, values, fc.boolean(), (kind, [name, make], throws) => {
        if (waiting.test(kind) || name.startsWith('a promise')) return;
        const { policy, held } = makers[kind]!(new ManualClock());
        const value = make();
        let got: unknown;
        try {
          got = policy.executeSync(() => {
            if (throws) throw value;
            return value;
          });
        } catch (error) {
          got = throws ? error : new Error('it should not have thrown', { cause: error });
        }
        expect(Object.is(got, value)).toBe(true);
        expect(held()).toBe(0);
      }),
      runs(500),
    );
  });

  it('is not taken for an error of a policy', () => {
    for (const [, make] of foreignValues) {
      const value = make();
      expect([isRejection(value), isResilienceError(value), isTimeout(value)]).toEqual([
        false,
        false,
        false,
      ]);
    }
  });
});
