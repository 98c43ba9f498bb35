import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, rejection } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

/** Calls that reject with something, and that nobody awaits. */
function abandon(policy: Policy): void {
  void policy.execute(() => Promise.reject(boom));
}

describe.each(transparentPolicies)('a rejection by %s', (_name, make) => {
  it('that nobody awaits stays unhandled, once for each call', async () => {
    const reasons = await unhandledRejections(() => {
      const policy = make();
      abandon(policy);
      void policy(async () => Promise.reject(boom))();
      void policy.execute(() => Promise.reject(boom), { signal: new AbortController().signal });
    });
    expect(reasons).toEqual([boom, boom, boom]);
  });

  it('that somebody awaits is handled', async () => {
    const reasons = await unhandledRejections(async () => {
      const policy = make();
      await fail(policy);
      await rejection(policy(async () => Promise.reject(boom))());
      await rejection(policy.execute(() => 1, { signal: AbortSignal.abort() }));
      await rejection(
        policy.execute(() => Promise.reject(boom), { signal: new AbortController().signal }),
      );
    });
    expect(reasons).toEqual([]);
  });

  it('that is the reason of an aborted signal stays unhandled, too', async () => {
    const reasons = await unhandledRejections(() => {
      void make().execute(() => 1, { signal: AbortSignal.abort('mine') });
    });
    expect(reasons).toEqual(['mine']);
  });
});

describe('a rejection', () => {
  it('that nobody awaits stays unhandled', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), breaker] });
    const reasons = await unhandledRejections(() => {
      abandon(breaker);
      abandon(failsafe);
    });
    expect(reasons).toMatchObject([{ code: 'ERR_CIRCUIT_OPEN' }, { code: 'ERR_CIRCUIT_OPEN' }]);
  });

  it('that somebody awaits is handled', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), breaker] });
    const reasons = await unhandledRejections(async () => {
      await fail(breaker);
      await fail(failsafe);
      await rejection(breaker.execute(() => 1, { signal: new AbortController().signal }));
    });
    expect(reasons).toEqual([]);
  });
});

describe('a retry', () => {
  it('that gives up and that nobody awaits stays unhandled once', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const reasons = await unhandledRejections(() => abandon(retry));
    expect(reasons).toMatchObject([{ code: 'ERR_RETRIES_EXCEEDED', cause: boom }]);
  });

  it('leaves nothing unhandled if its caller awaits it', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, maxRetries: 2 });
    const reasons = await unhandledRejections(async () => {
      const failing = fail(retry);
      await clock.advance('1m');
      await failing;
    });
    expect(reasons).toEqual([]);
  });

  it('leaves nothing unhandled if its wait is aborted', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock });
    const caller = new AbortController();
    const reasons = await unhandledRejections(async () => {
      const caught = rejection(
        retry.execute(() => Promise.reject(boom), { signal: caller.signal }),
      );
      await clock.advance(1);
      caller.abort('enough');
      expect(await caught).toBe('enough');
      await clock.advance('1h');
    });
    expect(reasons).toEqual([]);
  });
});
