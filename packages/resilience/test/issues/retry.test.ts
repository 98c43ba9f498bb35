import { describe, expect, it } from 'vitest';
import { Backoff, RetriesExceededError, RetryPolicy } from '@highway/resilience';
import type { RetryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, rejection } from '../support/calls.ts';

const aSecond = Backoff.fixed('1s');
const atOnce = Backoff.none;

/** Counts attempts; those before `successAt` throw. */
class Attempts {
  count = 0;
  readonly #successAt: number;

  constructor(successAt = Infinity) {
    this.#successAt = successAt;
  }

  readonly work = (): string => {
    this.count++;
    if (this.count < this.#successAt) throw boom;
    return 'fine';
  };
}

describe('a retry', () => {
  it('makes one attempt where none may follow, and any number without a limit (failsafe-go #32, Polly 2.2.5)', async () => {
    const one = new Attempts();
    await rejection(new RetryPolicy({ maxRetries: 0 }).execute(one.work));
    expect(one.count).toBe(1);
    const many = new Attempts(5_000);
    await new RetryPolicy({ maxRetries: Infinity, backoff: atOnce }).execute(many.work);
    expect(many.count).toBe(5_000);
  });

  it('begins no attempt after its limit of time, and says so on time (failsafe-go #29 #22)', async () => {
    const clock = new ManualClock();
    const attempts = new Attempts();
    const retry = new RetryPolicy({
      clock,
      backoff: aSecond,
      maxRetries: 9,
      maxDuration: '2500ms',
    });
    const call = rejection(retry.execute(attempts.work));
    await clock.advance('2s');
    expect(await call).toBeInstanceOf(RetriesExceededError);
    expect([attempts.count, clock.now(), clock.pendingTimers]).toEqual([3, 2_000, 0]);
  });

  it('does not wait after its last attempt, and keeps its error as the cause (failsafe-go #22, resilient-circuit)', async () => {
    const clock = new ManualClock();
    const call = rejection(
      new RetryPolicy({ clock, backoff: aSecond, maxRetries: 1 }).execute(new Attempts().work),
    );
    await clock.advance('1s');
    expect(await call).toMatchObject({ attempts: 2, cause: boom });
    expect(clock.pendingTimers).toBe(0);
  });

  it('that ends on a result gives that result, and tells of a failure, not of a success (resilience4j #687, Polly #2291)', async () => {
    const told: string[] = [];
    const retry = new RetryPolicy({
      backoff: atOnce,
      maxRetries: 2,
      handleResult: (value) => value === 503,
    });
    for (const type of ['success', 'failure'] as const) retry.on(type, () => told.push(type));
    expect(await retry.execute(() => 503)).toBe(503);
    expect(told).toEqual(['failure']);
  });

  it('stops at once where the service says never (resilience4j #1565)', async () => {
    const attempts = new Attempts();
    const never = Object.assign(new Error('gone'), { retryAfter: Infinity });
    const retry = new RetryPolicy({ backoff: atOnce });
    const work = (): never => {
      attempts.count++;
      throw never;
    };
    expect(await rejection(retry.execute(work))).toBe(never);
    expect(attempts.count).toBe(1);
  });

  it.each(['handle', 'handleResult', 'random'] as const)(
    'settles where %s throws (resilience4j #2209)',
    async (option) => {
      const confused = new TypeError('confused');
      const options: RetryOptions = {
        [option]: () => {
          throw confused;
        },
      };
      const work: () => unknown = option === 'handleResult' ? () => 1 : new Attempts().work;
      expect(await rejection(new RetryPolicy(options).execute(work))).toBe(confused);
    },
  );

  it('asks no predicate for values about errors, and the other way round (failsafe-java #240)', async () => {
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

  it('shows predicates the very error, with its causes and parts (Polly #818 #2166)', async () => {
    const timeout = new Error('timeout');
    const errors = [
      new AggregateError([new Error('other'), timeout]),
      new Error('outer', { cause: timeout }),
    ];
    for (const error of errors) {
      let attempts = 0;
      const retry = new RetryPolicy({
        backoff: atOnce,
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

  it('lets go of results that it discards, and of no other (Polly disposes, resilience4j consumes)', async () => {
    const disposed: number[] = [];
    let made = 0;
    const retry = new RetryPolicy({ backoff: atOnce, maxRetries: 2, handleResult: () => true });
    const result = await retry.execute(() => {
      const id = ++made;
      return { id, [Symbol.dispose]: () => disposed.push(id) };
    });
    expect([result.id, disposed]).toEqual([3, [1, 2]]);
  });

  it('hands each attempt the same arguments, and the function makes its request anew (failsafe-go #73)', async () => {
    const bodies: string[] = [];
    const retry = new RetryPolicy({ backoff: atOnce, maxRetries: 2 });
    const send = retry(async (body: string) => {
      const request = new Request('https://example.test', { method: 'POST', body });
      bodies.push(await request.text());
      if (bodies.length < 3) throw boom;
    });
    await send('order 1');
    expect(bodies).toEqual(['order 1', 'order 1', 'order 1']);
  });

  it('tells the same of functions that throw and of those that reject (resilience4j #1761)', async () => {
    const told = async (work: () => unknown): Promise<string[]> => {
      const types: string[] = [];
      const retry = new RetryPolicy({ backoff: atOnce, maxRetries: 1 });
      for (const type of ['success', 'failure', 'retry'] as const) {
        retry.on(type, () => types.push(type));
      }
      await rejection(retry.execute(work));
      return types;
    };
    const thrown = await told(() => {
      throw boom;
    });
    expect(thrown).toEqual(['retry', 'failure']);
    expect(await told(() => Promise.reject(boom))).toEqual(thrown);
  });
});
