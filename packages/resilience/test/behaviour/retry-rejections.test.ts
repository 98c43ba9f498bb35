import { describe, expect, it } from 'vitest';
import {
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  HedgePolicy,
  isRejection,
  RejectedError,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import type { Policy, RetryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, rejection } from '../support/calls.ts';

const always = (): boolean => true;
const rejected = new RejectedError('rejected', { code: 'ERR_TEST' });

/** An error as another copy of the package makes it. */
function foreign(): Error {
  class OtherRejectedError extends Error {
    static {
      for (const key of ['error', 'rejected']) {
        const brand = Symbol.for(`@highway/resilience/${key}`);
        Object.defineProperty(this.prototype, brand, { value: true });
      }
    }
  }
  return new OtherRejectedError('of another copy');
}

describe('a retry whose handle returns true for every error', () => {
  const retry = (options: RetryOptions = {}): RetryPolicy =>
    new RetryPolicy({ backoff: Backoff.none, handle: always, ...options });

  it('passes the rejection of an open circuit on after its own waits, not the cooldown', async () => {
    const clock = new ManualClock();
    const failsafe = new Failsafe({
      policies: [
        retry({ clock, backoff: Backoff.fixed(20) }),
        new CircuitBreakerPolicy({ clock, failureThreshold: '2/4', cooldown: '30s' }),
      ],
    });
    let calls = 0;
    const heard = rejection(
      failsafe.execute(() => {
        calls++;
        throw boom;
      }),
    ).then((error) => [clock.now(), error]);
    await clock.advance('1h');
    const [at, error] = (await heard) as [number, unknown];
    expect(at).toBe(40);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(calls).toBe(2);
  });

  it.each<[string, unknown]>([
    ['of this package', rejected],
    ['of another copy of the package', foreign()],
    ['that another retry gave up on', new RetriesExceededError(2, rejected)],
    ['of a retry in a retry', new RetriesExceededError(2, new RetriesExceededError(2, foreign()))],
  ])('does not call it for a rejection %s', async (_, error) => {
    const asked: unknown[] = [];
    let attempts = 0;
    const policy = retry({ handle: (given) => asked.push(given) > 0 });
    const outcome = await policy.executeOutcome(() => {
      attempts++;
      throw error;
    });
    expect([outcome, attempts, asked]).toEqual([{ ok: false, error }, 1, []]);
    expect(policy.decide({ attempt: 1, error })).toEqual({ retry: false, exhausted: false });
  });

  it('still retries what an inner retry gave up on as a failure, whatever its causes', async () => {
    const circle = new RetriesExceededError(2, boom);
    Object.defineProperty(circle, 'cause', { value: circle });
    for (const error of [new RetriesExceededError(2, boom), circle]) {
      expect(await fail(retry({ maxRetries: 1 }), error)).toMatchObject({ attempts: 2 });
    }
  });
});

describe('handleRejection', () => {
  it('decides which rejections are retried, without handle', async () => {
    const clock = new ManualClock();
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const retry = new RetryPolicy({
      clock,
      backoff: Backoff.fixed(10),
      handle: () => false,
      handleRejection: (error) => error instanceof BulkheadFullError,
    });
    const first = hold(bulkhead);
    const result = new Failsafe({ policies: [retry, bulkhead] }).execute(() => 'fine');
    await clock.advance(25);
    await first.succeed();
    await clock.advance(10);
    expect(await result).toBe('fine');
  });

  it('leaves other rejections unchanged', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const handleRejection = (error: unknown): boolean => error instanceof BulkheadFullError;
    const retry = new RetryPolicy({ backoff: Backoff.none, handleRejection });
    const error = await fail(new Failsafe({ policies: [retry, breaker] }));
    expect(error).toBeInstanceOf(CircuitOpenError);
  });

  it('applies to attempts that others run, too', () => {
    const retry = new RetryPolicy({ backoff: Backoff.fixed(7), handleRejection: always });
    expect(retry.decide({ attempt: 1, error: rejected })).toEqual({ retry: true, delay: 7 });
  });

  it('makes the retry wait at least as long as the rejection asks for, and give up on Infinity', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, handleRejection: always });
    breaker.open();
    const { delay } = { delay: 0, ...retry.decide({ attempt: 1, error: await fail(breaker) }) };
    expect(delay).toBe(30_000);
    breaker.isolate();
    const error = await fail(breaker);
    expect(retry.decide({ attempt: 1, error })).toEqual({ retry: false, exhausted: false });
  });

  it('can end in a RetriesExceededError like other errors, which is no rejection', async () => {
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      maxRetries: 2,
      handleRejection: always,
    });
    const error = await fail(retry, rejected);
    expect(error).toMatchObject({ code: 'ERR_RETRIES_EXCEEDED', attempts: 3, cause: rejected });
    expect(isRejection(error)).toBe(false);
  });
});

describe('a retry that gave up on rejections', () => {
  const inner = (): Policy =>
    new RetryPolicy({ backoff: Backoff.none, maxRetries: 1, handleRejection: always });

  it('is no outcome for an outer breaker', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    await fail(new Failsafe({ policies: [breaker, inner()], onWarning: () => {} }), rejected);
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
    await fail(new Failsafe({ policies: [breaker, inner()], onWarning: () => {} }), boom);
    expect(breaker.state).toBe('OPEN');
  });

  it('is no outcome for an outer throttler', async () => {
    const throttler = new AdaptiveThrottlerPolicy({ random: () => 0.99 });
    const chain = new Failsafe({ policies: [throttler, inner()] });
    for (let i = 0; i < 50; i++) await fail(chain, rejected);
    expect(throttler.rejectionRate).toBe(0);
    for (let i = 0; i < 50; i++) await fail(chain, boom);
    expect(throttler.rejectionRate).toBeGreaterThan(0);
  });

  it('starts no hedge, whatever the hedge’s handle returns', async () => {
    const hedge = new HedgePolicy({ delay: '1h', maxHedges: 3, handle: always });
    let attempts = 0;
    const error = await rejection(
      hedge.execute(() => {
        attempts++;
        throw new RetriesExceededError(2, rejected);
      }),
    );
    expect([attempts, (error as Error).cause]).toEqual([1, rejected]);
  });
});

describe('a rejection by a breaker inside a retry', () => {
  it('reaches the caller unchanged (cockatiel #103)', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), breaker] });
    expect(await rejection(failsafe.execute(() => 1))).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });
});
