import { describe, expect, it } from 'vitest';
import {
  Backoff,
  Failsafe,
  RetriesExceededError,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
  isRejection,
  isResilienceError,
  isTimeout,
} from '@highway/resilience';
import type { RetryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, rejection } from '../support/calls.ts';

/** Runs a call whose attempts throw 1, 2, 3, …; gives what the caller caught. */
function giveUp(options: RetryOptions): Promise<unknown> {
  const retry = new RetryPolicy({ backoff: Backoff.none, ...options });
  return rejection(
    retry.execute(({ attempt }) => {
      throw attempt as unknown as Error;
    }),
  );
}

describe('the errors of a RetriesExceededError', () => {
  it('are those of all attempts, oldest first', async () => {
    expect(await giveUp({ maxRetries: 2 })).toMatchObject({ cause: 3, errors: [1, 2, 3] });
    expect(await giveUp({ maxRetries: 0 })).toMatchObject({ cause: 1, errors: [1] });
  });

  it('are the last ten if there were more', async () => {
    const last = [15, 16, 17, 18, 19, 20, 21, 22, 23, 24];
    expect(await giveUp({ maxRetries: 23 })).toMatchObject({ cause: 24, errors: last });
    expect(new RetriesExceededError(11, 11, 'r', [0, ...last]).errors).toEqual(last);
  });

  it('do not include attempts that returned a value', async () => {
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      maxRetries: 2,
      handleResult: (value) => value === 'bad',
    });
    const error = await rejection(
      retry.execute(({ attempt }) => {
        if (attempt === 2) return 'bad';
        throw attempt as unknown as Error;
      }),
    );
    expect(error).toMatchObject({ attempts: 3, cause: 3, errors: [1, 3] });
  });

  it('are also set if maxDuration ended the call', async () => {
    const options = { maxDuration: 0, backoff: Backoff.fixed(5) };
    expect(await giveUp(options)).toMatchObject({ errors: [1] });
  });

  it('are only the cause by default, and cannot be changed', () => {
    const { errors } = new RetriesExceededError(2, boom);
    expect(errors).toEqual([boom]);
    expect(Object.isFrozen(errors)).toBe(true);
  });

  it('are not enumerable, like the cause', async () => {
    const keys = Object.keys((await giveUp({})) as object);
    expect(keys).toEqual(['code', 'policyName', 'attempts']);
  });
});

describe('a retry with rethrow', () => {
  it('throws the last error itself when its attempts are used up', async () => {
    expect(await giveUp({ rethrow: true, maxRetries: 2 })).toBe(3);
    expect(await giveUp({ rethrow: true, maxRetries: 0 })).toBe(1);
    expect(await fail(new RetryPolicy({ rethrow: true, backoff: Backoff.none }))).toBe(boom);
  });

  it('throws it when the time is used up, and when the budget is spent', async () => {
    const late = { maxDuration: 0, backoff: Backoff.fixed(5) };
    expect(await giveUp({ rethrow: true, ...late })).toBe(1);
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
    expect(await giveUp({ rethrow: true, budget })).toBe(1);
  });

  it('reports that error to listeners, and shows the option in its settings', async () => {
    const retry = new RetryPolicy({ rethrow: true, backoff: Backoff.none });
    const told: unknown[] = [];
    retry.on('failure', ({ error, attempt }) => told.push([attempt, error]));
    await fail(retry);
    expect(told).toEqual([[4, boom]]);
    expect(retry.settings['rethrow']).toBe(true);
    expect(new RetryPolicy().settings['rethrow']).toBe(false);
  });
});

describe('isTimeout', () => {
  it('is true for a retry that gave up on timeouts', async () => {
    const clock = new ManualClock();
    const chain = new Failsafe({
      policies: [
        new RetryPolicy({ clock, maxRetries: 1, backoff: Backoff.none }),
        new TimeoutPolicy({ clock, timeout: '1s' }),
      ],
    });
    const caught = rejection(chain.execute(() => new Promise(() => {})));
    await clock.advance('2s');
    const error = await caught;
    expect(error).toBeInstanceOf(RetriesExceededError);
    expect([isTimeout(error), isTimeout((error as Error).cause)]).toEqual([true, true]);
    const wrapped = new Error('of the application', { cause: error });
    expect([isTimeout(wrapped), isResilienceError(wrapped), isRejection(wrapped)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is false for circular or unreadable causes, and for values that are not errors', () => {
    const circle: { cause?: unknown } = {};
    circle.cause = { cause: circle };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const unreadable = {
      get cause(): unknown {
        throw boom;
      },
    };
    const values = [circle, { cause: proxy }, proxy, unreadable, { cause: null }, 'text', null, 0];
    expect(values.map(isTimeout)).toEqual(values.map(() => false));
  });
});
