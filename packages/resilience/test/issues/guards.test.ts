import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  isRejection,
  isResilienceError,
  isTimeout,
  RetryPolicy,
} from '@highway/resilience';
import { fail } from '../support/calls.ts';
import { collectReports, collectWarnings } from '../support/host.ts';

/** What JavaScript may throw. */
const oddities: readonly unknown[] = [
  null,
  undefined,
  0,
  1n,
  '',
  'text',
  true,
  Symbol('symbol'),
  {},
  Object.create(null),
  () => 1,
  new Error('plain'),
];

describe('a guard', () => {
  it.each(oddities)('takes %s for none of ours (cockatiel #103 #97)', (value: unknown) => {
    expect([isRejection(value), isResilienceError(value), isTimeout(value)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('takes errors of another realm for what they are (cockatiel #97)', async () => {
    const foreign: unknown = runInNewContext('new Error("foreign")');
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isResilienceError(foreign)).toBe(false);
    expect(await fail(new CircuitBreakerPolicy({ failureThreshold: '1/1' }), foreign)).toBe(
      foreign,
    );
    expect(await fail(new RetryPolicy({ maxRetries: 0 }), foreign)).toMatchObject({
      message: 'Gave up after 1 attempt: foreign',
      cause: foreign,
    });
  });
});

describe('whatever is thrown', () => {
  it.each(oddities)(
    'reaches the caller as a cause, and as a report where a listener threw it: %s (cockatiel #103)',
    async (thrown) => {
      const retry = new RetryPolicy({
        maxRetries: 1,
        backoff: Backoff.none,
        onRetry: () => {
          throw thrown;
        },
      });
      for (const collect of [collectReports, collectWarnings]) {
        const reports = await collect(async () => {
          expect(await fail(retry, thrown)).toMatchObject({ attempts: 2, cause: thrown });
        });
        expect(reports).toHaveLength(1);
      }
    },
  );
});

describe('ignore', () => {
  it('wins where handle takes the error for a failure too (resilience4j #2304)', async () => {
    const breaker = new CircuitBreakerPolicy({ handle: () => true, ignore: () => true });
    await fail(breaker);
    expect(breaker.history.length).toBe(0);
  });
});
