import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  FallbackPolicy,
  RateLimitExceededError,
  RateLimiterPolicy,
  RetriesExceededError,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { boom, hold } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

describe.each(transparentPolicies)('executeOutcome of %s', (_name, make) => {
  it('returns the value if the function returns one', async () => {
    for (const value of [5, undefined, null]) {
      expect(await make().executeOutcome(() => value)).toEqual({ ok: true, value });
      expect(await make().executeOutcome(async () => value)).toEqual({ ok: true, value });
    }
  });

  it('returns the error itself if the function throws one', async () => {
    for (const error of [boom, 'text', undefined] as unknown[]) {
      const outcome = await make().executeOutcome(() => {
        throw error;
      });
      expect(outcome).toEqual({ ok: false, error });
      expect(!outcome.ok && outcome.error).toBe(error);
    }
  });

  it('never rejects, even if the caller has aborted or there is no function', async () => {
    const signal = AbortSignal.abort(boom);
    const outcome = await make().executeOutcome(() => 1, { signal });
    expect(outcome).toEqual({ ok: false, error: boom });
    const none = await make().executeOutcome(5 as never);
    expect(!none.ok && none.error).toBeInstanceOf(TypeError);
  });

  it('leaves no unhandled rejection', async () => {
    const reasons = await unhandledRejections(() => {
      void make().executeOutcome(() => Promise.reject(boom));
    });
    expect(reasons).toEqual([]);
  });
});

describe('executeOutcome', () => {
  it('returns the errors of policies', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1 });
    hold(bulkhead);
    const limiter = new RateLimiterPolicy({ limit: 1, per: '1h' });
    limiter.tryAcquire();
    const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
    const cases: [Policy, unknown][] = [
      [breaker, CircuitOpenError],
      [bulkhead, BulkheadFullError],
      [limiter, RateLimitExceededError],
      [retry, RetriesExceededError],
      [
        new Failsafe({ policies: [retry, new TimeoutPolicy({ timeout: '1s' })] }),
        RetriesExceededError,
      ],
    ];
    for (const [policy, type] of cases) {
      const outcome = await policy.executeOutcome(() => Promise.reject(boom));
      expect(!outcome.ok && (outcome.error as Error).constructor).toBe(type);
    }
  });

  it('returns the answer of a fallback as a value', async () => {
    const policy = new FallbackPolicy({ fallback: 'instead' });
    expect(
      await policy.executeOutcome((): string => {
        throw boom;
      }),
    ).toEqual({ ok: true, value: 'instead' });
  });

  it('passes the signal and the context on', async () => {
    const caller = new AbortController();
    const policy = new TimeoutPolicy({ timeout: '1s' });
    const seen: AbortSignal[] = [];
    const work = ({ signal }: CallContext): Promise<never> => {
      seen.push(signal);
      return new Promise(() => {});
    };
    const result = policy.executeOutcome(work, { signal: caller.signal });
    caller.abort(boom);
    expect(await result).toEqual({ ok: false, error: boom });
    expect(seen.map(({ reason }) => reason as unknown)).toEqual([boom]);
  });
});
