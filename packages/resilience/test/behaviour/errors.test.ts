import { afterEach, describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  CircuitOpenError,
  isRejection,
  isResilienceError,
  isTimeout,
  RejectedError,
  ResilienceError,
  RetriesExceededError,
  RetryPolicy,
  TimeoutExceededError,
} from '@highway/resilience';
import { boom, fail, rejection, succeed } from '../support/calls.ts';
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

async function rejected(): Promise<CircuitOpenError> {
  const breaker = new CircuitBreakerPolicy({ name: 'payments' });
  breaker.open();
  return (await rejection(succeed(breaker))) as CircuitOpenError;
}

function frames({ stack }: Error): string[] {
  return (stack ?? '').split('\n').filter((line) => /^\s+at |@.*:\d+:\d+/.test(line));
}

describe('every error of a policy', () => {
  it('is a ResilienceError with a stable code and the name of the policy', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, name: 'again' });
    const errors = [await rejected(), await fail(retry)] as ResilienceError[];
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(ResilienceError);
      expect(error.code).toMatch(/^ERR_[A-Z_]+$/);
      expect(error.message).not.toBe('');
    }
    expect(errors.map(({ policyName }) => policyName)).toEqual(['payments', 'again']);
    expect(errors.map(({ name }) => name)).toEqual(['CircuitOpenError', 'RetriesExceededError']);
    expect(String(errors[0])).toMatch(/^CircuitOpenError: /);
  });

  it('has a name that survives minifiers', () => {
    for (const [type, name] of [
      [ResilienceError, 'ResilienceError'],
      [RejectedError, 'RejectedError'],
      [CircuitOpenError, 'CircuitOpenError'],
      [RetriesExceededError, 'RetriesExceededError'],
      [TimeoutExceededError, 'TimeoutExceededError'],
    ] as const) {
      expect(type.prototype.name).toBe(name);
    }
  });

  it('has its cause as built-in errors have it: not enumerable', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 0 });
    const error = (await fail(retry)) as Error;
    expect(error.cause).toBe(boom);
    expect(Object.keys(error)).not.toContain('cause');
    expect('cause' in (await rejected())).toBe(false);
  });

  it('can be distinguished from others in a switch over code', async () => {
    expect((await rejected()).code).toBe('ERR_CIRCUIT_OPEN');
    expect(((await fail(new RetryPolicy({ maxRetries: 0 }))) as ResilienceError).code).toBe(
      'ERR_RETRIES_EXCEEDED',
    );
  });
});

describe('a rejection', () => {
  afterEach(() => {
    RejectedError.stackTraces = false;
  });

  it('is a RejectedError', async () => {
    expect(await rejected()).toBeInstanceOf(RejectedError);
  });

  it('carries no stack trace (Polly #1878)', async () => {
    expect(RejectedError.stackTraces).toBe(false);
    expect(frames(await rejected())).toEqual([]);
  });

  it('carries one if RejectedError.stackTraces is true', async () => {
    RejectedError.stackTraces = true;
    expect(frames(await rejected()).length).toBeGreaterThan(0);
    RejectedError.stackTraces = false;
    expect(frames(await rejected())).toEqual([]);
  });

  it('does not remove the stack trace of any other error', async () => {
    const before = (Error as { stackTraceLimit?: number }).stackTraceLimit;
    await rejected();
    expect((Error as { stackTraceLimit?: number }).stackTraceLimit).toBe(before);
    expect(frames(new Error('other')).length).toBeGreaterThan(0);
  });

  it('does not remove the stack trace of the error of a retry that gave up', async () => {
    const error = await fail(new RetryPolicy({ maxRetries: 0 }));
    expect(frames(error as Error).length).toBeGreaterThan(0);
  });
});

describe('isRejection', () => {
  it('is true for rejections', async () => {
    expect(isRejection(await rejected())).toBe(true);
    expect(isRejection(new RejectedError('mine', { code: 'ERR_MINE' }))).toBe(true);
  });

  it('is true for rejections by another copy of the package', () => {
    // What marks them is registered by name, so every copy finds the same symbol.
    const own = Object.getOwnPropertySymbols(RejectedError.prototype);
    expect(own.map((symbol) => Symbol.keyFor(symbol))).toEqual(['@highway/resilience/rejected']);
    class OtherRejectedError extends Error {}
    Object.defineProperty(OtherRejectedError.prototype, own[0]!, { value: true });
    const error = new OtherRejectedError('from the other copy');
    expect(error).not.toBeInstanceOf(RejectedError);
    expect(isRejection(error)).toBe(true);
  });

  it('makes a breaker and a retry treat those like their own', async () => {
    const [brand] = Object.getOwnPropertySymbols(RejectedError.prototype);
    const error = Object.assign(new Error('from the other copy'), { [brand!]: true });
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    expect(await fail(breaker, error)).toBe(error);
    expect(breaker.history.length).toBe(0);
    expect(await fail(new RetryPolicy(), error)).toBe(error);
  });

  it.each([
    new ResilienceError('mine', { code: 'ERR_MINE' }),
    new RetriesExceededError(1, boom),
    new TimeoutExceededError(5),
    boom,
    undefined,
    null,
    0,
    'text',
    Symbol('s'),
    {},
    { code: 'ERR_CIRCUIT_OPEN', name: 'CircuitOpenError' },
    () => 1,
  ])('is false for everything else: %o', (value) => {
    expect(isRejection(value)).toBe(false);
  });
});

describe('isRejection, isResilienceError and isTimeout', () => {
  it.each(oddities)('are false for %s (cockatiel #103 #97)', (value: unknown) => {
    expect([isRejection(value), isResilienceError(value), isTimeout(value)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('whatever is thrown', () => {
  it.each(oddities)(
    'reaches the caller as the cause, and is reported if a listener throws it: %s (cockatiel #103)',
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
