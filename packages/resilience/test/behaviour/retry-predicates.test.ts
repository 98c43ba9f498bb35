import { describe, expect, it } from 'vitest';
import { Backoff, RetryPolicy } from '@highway/resilience';
import type { RetryOptions } from '@highway/resilience';
import { boom, fail, rejection } from '../support/calls.ts';

const throwing = (): never => {
  throw boom;
};

describe('the predicates of a retry', () => {
  it('are called with errors or with values, never with both (failsafe-java #240)', async () => {
    const asked: unknown[] = [];
    const retry = new RetryPolicy({
      maxRetries: 0,
      handle: (error) => asked.push(['error', error]) === 0,
      handleResult: (value) => {
        asked.push(['value', value]);
        return value === null;
      },
    });
    expect(await retry.execute(() => null)).toBe(null);
    await fail(retry, null);
    expect(asked).toEqual([
      ['value', null],
      ['error', null],
    ]);
  });

  it('get the error itself, with its cause and its parts (Polly #818 #2166)', async () => {
    const timeout = new Error('timeout');
    const errors = [
      new AggregateError([new Error('other'), timeout]),
      new Error('outer', { cause: timeout }),
    ];
    for (const error of errors) {
      let attempts = 0;
      const retry = new RetryPolicy({
        backoff: Backoff.none,
        maxRetries: 1,
        handle: (seen) =>
          (seen instanceof AggregateError && seen.errors.includes(timeout)) ||
          (seen as Error).cause === timeout,
      });
      const work = async (): Promise<never> => {
        attempts++;
        throw error;
      };
      expect(await rejection(retry.execute(work))).toMatchObject({ cause: error });
      expect(attempts).toBe(2);
    }
  });

  it.each(['handle', 'handleResult', 'random'] as const)(
    'end the call with the error that they throw: %s (resilience4j #2209)',
    async (option) => {
      const confused = new TypeError('confused');
      const options: RetryOptions = {
        [option]: () => {
          throw confused;
        },
      };
      const work: () => unknown = option === 'handleResult' ? () => 1 : throwing;
      expect(await rejection(new RetryPolicy(options).execute(work))).toBe(confused);
    },
  );
});

describe('a value that a retry takes for a failure', () => {
  it('is returned after the last attempt, and is a failure in the events (resilience4j #687, Polly #2291)', async () => {
    const told: string[] = [];
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      maxRetries: 2,
      handleResult: (value) => value === 503,
    });
    for (const type of ['success', 'failure'] as const) retry.on(type, () => told.push(type));
    expect(await retry.execute(() => 503)).toBe(503);
    expect(told).toEqual(['failure']);
  });

  it('is disposed unless it is returned (Polly disposes, resilience4j consumes)', async () => {
    const disposed: number[] = [];
    let made = 0;
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      maxRetries: 2,
      handleResult: () => true,
    });
    const result = await retry.execute(() => {
      const id = ++made;
      return { id, [Symbol.dispose]: () => disposed.push(id) };
    });
    expect([result.id, disposed]).toEqual([3, [1, 2]]);
  });
});
