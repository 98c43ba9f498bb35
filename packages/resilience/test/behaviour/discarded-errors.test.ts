import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CachePolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import type { HedgeOptions, RetryOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { asyncDisposeSymbol, Disposables, disposeSymbol } from '../support/disposables.ts';
import { collectReports } from '../support/host.ts';
import { Racers } from '../support/racers.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function startRetry(options: RetryOptions = {}) {
  const clock = new ManualClock();
  const retry = new RetryPolicy({ clock, backoff: Backoff.fixed(100), ...options });
  const racers = new Racers();
  const caller = new AbortController();
  const made = new Disposables();
  const result = retry.execute(racers.run, { signal: caller.signal });
  result.catch(() => undefined);
  const fail = async (attempt: number, error: unknown): Promise<void> => {
    racers.reject(attempt, error);
    await settle();
  };
  return { clock, retry, racers, caller, made, result, fail };
}

describe('an error that a retry discards', () => {
  it.each([
    ['Symbol.dispose', disposeSymbol],
    ['Symbol.asyncDispose', asyncDisposeSymbol],
  ])('is disposed of by its %s before the delay', async (_name, symbol) => {
    const { clock, racers, made, result, fail } = startRetry();
    await fail(1, made.error('first', symbol));
    expect(made.disposed).toEqual(['first']);
    await clock.advance(100);
    racers.resolve(2, 'fine');
    expect(await result).toBe('fine');
    expect(made.disposed).toEqual(['first']);
  });

  it('is disposed of by Symbol.asyncDispose alone if it has both', async () => {
    const { made, fail } = startRetry();
    const error = Object.assign(made.error('sync'), made.value('async', asyncDisposeSymbol));
    await fail(1, error);
    expect(made.disposed).toEqual(['async']);
  });

  it('reaches onRetry and the listeners before it is disposed of', async () => {
    const seen: unknown[] = [];
    const { retry, made, fail } = startRetry({
      onRetry: ({ error }) => seen.push([error, made.disposed.length]),
    });
    retry.on('retry', ({ error }) => seen.push([error, made.disposed.length]));
    const first = made.error('first');
    await fail(1, first);
    expect(seen).toEqual([
      [first, 0],
      [first, 0],
    ]);
    expect(made.disposed).toEqual(['first']);
  });

  it('is disposed of even if the call is aborted during the delay', async () => {
    const { caller, made, result, fail } = startRetry();
    await fail(1, made.error('first'));
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
    expect(made.disposed).toEqual(['first']);
  });

  it('is disposed of once, even if several attempts throw it', async () => {
    const { clock, racers, made, result, fail } = startRetry();
    const shared = made.error('shared');
    for (const attempt of [1, 2, 3]) {
      await fail(attempt, shared);
      await clock.advance(100);
    }
    racers.resolve(4, 'fine');
    expect(await result).toBe('fine');
    expect(made.disposed).toEqual(['shared']);
  });

  it('may throw when it is disposed of, or reject: that is reported and changes nothing', async () => {
    const { clock, racers, result, fail } = startRetry();
    const vain = new Error('in vain');
    let reports: unknown[] = [];
    const reasons = await unhandledRejections(async () => {
      reports = await collectReports(async () => {
        await fail(1, { [disposeSymbol]: () => Promise.reject(vain) });
        await clock.advance(100);
        racers.resolve(2, 'fine');
        await result;
      });
    });
    expect([reports, reasons]).toEqual([[vain], []]);
    expect(await result).toBe('fine');
  });

  it('may be anything that can be thrown', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrown = [undefined, null, 7, 'text', proxy, { [disposeSymbol]: 'no function' }];
    const { clock, racers, result, fail } = startRetry({ maxRetries: thrown.length });
    for (const [i, error] of thrown.entries()) {
      await fail(i + 1, error);
      await clock.advance(100);
    }
    racers.resolve(thrown.length + 1, 'fine');
    expect(await result).toBe('fine');
  });

  it('is disposed of by decide, too, if it decides for a retry', () => {
    const made = new Disposables();
    const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
    retry.decide({ attempt: 1, error: made.error('first') });
    retry.decide({ attempt: 2, error: made.error('last') });
    expect(made.disposed).toEqual(['first']);
  });
});

describe('the error that the caller of a retry gets', () => {
  it('is not disposed of if no attempt follows', async () => {
    for (const options of [{ maxRetries: 0 }, { handle: () => false }, { maxDuration: 50 }]) {
      const { made, result, fail } = startRetry({ ...options, rethrow: true });
      const error = made.error('last');
      await fail(1, error);
      expect(await rejection(result)).toBe(error);
      expect(made.disposed).toEqual([]);
    }
  });

  it('is not disposed of if it is the cause of a RetriesExceededError; the other errors are', async () => {
    const { clock, made, result, fail } = startRetry({ maxRetries: 2 });
    const errors = ['first', 'second', 'last'].map((name) => made.error(name));
    for (const [i, error] of errors.entries()) {
      await fail(i + 1, error);
      await clock.advance(100);
    }
    expect(await rejection(result)).toMatchObject({ cause: errors[2], errors });
    expect(made.disposed).toEqual(['first', 'second']);
  });

  it('is not disposed of if onRetry aborts the call with it', async () => {
    const { caller, made, result, fail } = startRetry({
      onRetry: ({ error }) => caller.abort(error),
    });
    const error = made.error('first');
    await fail(1, error);
    expect(await rejection(result)).toBe(error);
    expect(made.disposed).toEqual([]);
  });
});

describe('a RetriesExceededError that another policy discards', () => {
  it('has its cause disposed of, once', async () => {
    const made = new Disposables();
    const policies = [1, 1].map((maxRetries) => {
      return new RetryPolicy({ maxRetries, backoff: Backoff.none });
    });
    let attempts = 0;
    const error = await rejection(
      new Failsafe({ policies }).execute(() => {
        attempts++;
        throw made.error(String(attempts));
      }),
    );
    expect(error).toBeInstanceOf(RetriesExceededError);
    expect(error).toMatchObject({ cause: { cause: { message: '4' } } });
    expect(made.disposed).toEqual(['1', '2', '3']);
  });
});

function startHedge(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const racers = new Racers();
  const caller = new AbortController();
  const made = new Disposables();
  const hedge = new HedgePolicy({ clock, delay: 100, maxHedges: 2, ...options });
  const result = hedge.execute(racers.run, { signal: caller.signal });
  result.catch(() => undefined);
  return { clock, racers, caller, made, result };
}

describe('an error of a hedge', () => {
  it('is disposed of if its attempt lost, and at once if it was not the first', async () => {
    const { racers, made, result } = startHedge({ delay: 0 });
    racers.reject(1, made.error('first'));
    racers.reject(2, made.error('second'));
    await settle();
    expect(made.disposed).toEqual(['second']);
    racers.resolve(3, 'fine');
    expect(await result).toBe('fine');
    expect(made.disposed).toEqual(['second', 'first']);
  });

  it('is disposed of if it comes after the answer', async () => {
    const { clock, racers, made, result } = startHedge();
    await clock.advance(100);
    racers.resolve(2, 'fine');
    await result;
    racers.reject(1, made.error('late'));
    await settle();
    expect(made.disposed).toEqual(['late']);
  });

  it('is disposed of if it comes after the caller has aborted', async () => {
    const { racers, caller, made, result } = startHedge();
    caller.abort(boom);
    await rejection(result);
    racers.reject(1, made.error('late'));
    await settle();
    expect(made.disposed).toEqual(['late']);
  });

  it('is not disposed of if the caller gets it', async () => {
    const { racers, made, result } = startHedge({ delay: 0 });
    const errors = [1, 2, 3].map((attempt) => made.error(String(attempt)));
    for (const attempt of [2, 1, 3]) racers.reject(attempt, errors[attempt - 1]);
    expect(await rejection(result)).toBe(errors[0]);
    await settle();
    expect(made.disposed).toEqual(['2', '3']);
  });

  it('is not disposed of if the caller gets it from another attempt', async () => {
    for (const order of [
      [1, 2, 3],
      [1, 3, 2],
    ]) {
      const { racers, made, result } = startHedge({ delay: 0 });
      const shared = made.error('shared');
      for (const attempt of order) {
        racers.reject(attempt, shared);
        await settle();
      }
      expect(await rejection(result)).toBe(shared);
      await settle();
      expect(made.disposed).toEqual([]);
    }
  });

  it('is not disposed of if it is the reason of the abort', async () => {
    const { racers, caller, made, result } = startHedge();
    const reason = made.error('reason');
    caller.abort(reason);
    racers.reject(1, reason);
    expect(await rejection(result)).toBe(reason);
    await settle();
    expect(made.disposed).toEqual([]);
  });

  it('is disposed of if a predicate throws, unless the predicate throws that very error', async () => {
    for (const rethrows of [false, true]) {
      const { racers, made, result } = startHedge({
        handle: (error) => {
          throw rethrows ? error : boom;
        },
      });
      const error = made.error('first');
      racers.reject(1, error);
      expect(await rejection(result)).toBe(rethrows ? error : boom);
      await settle();
      expect(made.disposed).toEqual(rethrows ? [] : ['first']);
    }
  });
});

describe('an error that a fallback replaces', () => {
  it('is disposed of if the fallback is a value, after the listeners have seen it', async () => {
    const made = new Disposables();
    const fallback = new FallbackPolicy({ fallback: 'instead' });
    const seen: number[] = [];
    fallback.on('fallback', () => seen.push(made.disposed.length));
    expect(await fallback.execute(() => Promise.reject(made.error('first')))).toBe('instead');
    expect([seen, made.disposed]).toEqual([[0], ['first']]);
  });

  it('is not disposed of if it is the fallback itself, or if a function gets it', async () => {
    const made = new Disposables();
    const error = made.error('first');
    for (const fallback of [error, (given: unknown) => given]) {
      const policy = new FallbackPolicy<unknown>({ fallback });
      expect(await policy.execute(() => Promise.reject(error))).toBe(error);
    }
    expect(made.disposed).toEqual([]);
  });
});

describe('an error of a cached call that nobody waits for any more', () => {
  it('is disposed of', async () => {
    const made = new Disposables();
    const racers = new Racers();
    const caller = new AbortController();
    const cache = new CachePolicy({ ttl: '1m' });
    const result = cache.execute(racers.run, { key: 'a', signal: caller.signal });
    caller.abort(boom);
    await rejection(result);
    racers.reject(1, made.error('late'));
    await settle();
    expect(made.disposed).toEqual(['late']);
  });
});
