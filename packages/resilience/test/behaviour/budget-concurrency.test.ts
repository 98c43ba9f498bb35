import { describe, expect, it } from 'vitest';
import {
  Backoff,
  Failsafe,
  HedgePolicy,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { HedgeOptions, RetryOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, rejection } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';

const spent = { ratio: 0, minPerSecond: 0 };

function retries(minConcurrency: number, options: RetryOptions = {}) {
  const clock = new ManualClock();
  const budget = new RetryBudget({ clock, ...spent, minConcurrency });
  const retry = new RetryPolicy({ clock, budget, backoff: Backoff.fixed(100), ...options });
  const call = (signal?: AbortSignal) => {
    const racers = new Racers();
    const result = retry.execute(racers.run, { signal });
    result.catch(() => undefined);
    return { racers, result };
  };
  return { clock, budget, retry, call };
}

describe('minConcurrency of a retry budget', () => {
  it('lets so many retries be under way at once, even if the budget is spent', async () => {
    const { clock, budget, call } = retries(2);
    const calls = [call(), call(), call()];
    for (const { racers } of calls) racers.reject(1, boom);
    await settle();
    expect(budget.remaining).toBe(0);
    expect(await rejection(calls[2]!.result)).toBe(boom);
    await clock.advance(100);
    expect(calls.map(({ racers }) => racers.count)).toEqual([2, 2, 1]);
    calls[0]!.racers.resolve(2, 'fine');
    await settle();
    expect(budget.remaining).toBe(1);
  });

  it('lets one call retry one time after the other', async () => {
    const { clock, budget, call } = retries(1, { maxRetries: 5 });
    const { racers, result } = call();
    for (let attempt = 1; attempt <= 6; attempt++) {
      racers.reject(attempt, boom);
      await clock.advance(100);
    }
    expect(await rejection(result)).toMatchObject({ attempts: 6 });
    expect(budget.remaining).toBe(1);
  });

  it('is given back when the caller aborts during the delay or the attempt', async () => {
    const { clock, budget, call } = retries(1);
    for (const waits of [0, 100]) {
      const caller = new AbortController();
      const { racers, result } = call(caller.signal);
      racers.reject(1, boom);
      await clock.advance(waits);
      expect(budget.remaining).toBe(0);
      caller.abort('enough');
      if (waits > 0) racers.reject(2, 'enough');
      expect(await rejection(result)).toBe('enough');
      expect(budget.remaining).toBe(1);
    }
  });

  it('is held as long as the function of a call runs that a timeout has given up', async () => {
    const { clock, budget, retry } = retries(1);
    const racers = new Racers();
    const policies = [new TimeoutPolicy({ clock, timeout: 150 }), retry];
    const result = new Failsafe({ policies }).execute(racers.run);
    const caught = rejection(result);
    racers.reject(1, boom);
    await clock.advance(200);
    expect(await caught).toMatchObject({ name: 'TimeoutExceededError' });
    expect(budget.remaining).toBe(0);
    racers.resolve(2, 'late');
    await settle();
    expect(budget.remaining).toBe(1);
  });

  it('is given back once if handle throws after the retry', async () => {
    let asked = 0;
    const { budget, retry } = retries(1, {
      backoff: Backoff.none,
      handle: () => {
        if (++asked === 2) throw new RangeError('in handle');
        return true;
      },
    });
    expect(await fail(retry)).toBeInstanceOf(RangeError);
    expect(budget.remaining).toBe(1);
  });

  it('does not apply to decide, which cannot know when an attempt has ended', () => {
    const { budget, retry } = retries(1);
    const decision = retry.decide({ attempt: 1, error: boom });
    expect(decision).toEqual({ retry: false, exhausted: false });
    expect(budget.remaining).toBe(1);
  });

  it('leaves the rest of the budget as it is', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({
      clock,
      ratio: 0,
      minPerSecond: 1,
      window: '3s',
      minConcurrency: 1,
    });
    expect(budget.remaining).toBe(3);
    for (let taken = 0; taken < 3; taken++) expect(budget.tryTake()).toBe(true);
    expect(budget.tryTake()).toBe(false);
    for (let ended = 0; ended < 3; ended++) budget.noteEnd();
    expect(budget.tryTake()).toBe(true);
    budget.noteEnd();
    expect(budget.remaining).toBe(1);
    await clock.advance('10s');
    expect(budget.remaining).toBe(3);
  });

  it('is 0 by default, and must be an integer', () => {
    expect(new RetryBudget().toJSON()).toMatchObject({ minConcurrency: 0 });
    for (const bad of [-1, 0.5, Infinity, '1']) {
      expect(() => new RetryBudget({ minConcurrency: bad as number })).toThrow(/^minConcurrency: /);
    }
  });

  it('is not used up by ends that were noted too often', () => {
    const { budget } = retries(1);
    budget.noteEnd();
    expect(budget.remaining).toBe(1);
  });
});

function hedges(minConcurrency: number, options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const budget = new RetryBudget({ clock, ...spent, minConcurrency });
  const racers = new Racers();
  const caller = new AbortController();
  const hedge = new HedgePolicy({ clock, budget, delay: 100, maxHedges: 3, ...options });
  const start = (): Promise<unknown> => {
    const result = hedge.execute(racers.run, { signal: caller.signal });
    result.catch(() => undefined);
    return result;
  };
  return { clock, budget, racers, caller, hedge, start };
}

describe('minConcurrency for hedges', () => {
  it('lets so many hedges run at once, until they have ended, whoever won', async () => {
    const { clock, budget, racers, start } = hedges(1);
    const result = start();
    await clock.advance(1000);
    expect(racers.count).toBe(2);
    racers.resolve(1, 'fine');
    expect(await result).toBe('fine');
    expect(budget.remaining).toBe(0);
    racers.reject(2, boom);
    await settle();
    expect(budget.remaining).toBe(1);
  });

  it('starts the next one when one has failed', async () => {
    const { clock, budget, racers, start } = hedges(1);
    const result = start();
    await clock.advance(100);
    racers.reject(2, boom);
    await settle();
    expect(racers.count).toBe(3);
    racers.resolve(3, 'third');
    expect(await result).toBe('third');
    expect(budget.remaining).toBe(1);
  });

  it('is given back if the delay of an attempt throws, or a listener aborts before it starts', async () => {
    const throwing = hedges(1, {
      delay: ({ attempt }) => {
        if (attempt === 2) throw boom;
        return 10;
      },
    });
    const result = throwing.start();
    await throwing.clock.advance(10);
    expect(await rejection(result)).toBe(boom);
    expect([throwing.racers.count, throwing.budget.remaining]).toEqual([1, 1]);

    const aborting = hedges(1);
    aborting.hedge.on('hedge', () => aborting.caller.abort('enough'));
    const aborted = aborting.start();
    await aborting.clock.advance(100);
    expect(await rejection(aborted)).toBe('enough');
    expect([aborting.racers.count, aborting.budget.remaining]).toEqual([1, 1]);
  });
});

describe('a budget of your own', () => {
  it('needs no method noteEnd', async () => {
    const clock = new ManualClock();
    const budget = {
      noteCall: () => undefined,
      tryTake: () => true,
      toJSON: () => ({}),
    } as unknown as RetryBudget;
    const retry = new RetryPolicy({ clock, budget, maxRetries: 1, backoff: Backoff.none });
    expect(await fail(retry)).toMatchObject({ attempts: 2 });
    const hedge = new HedgePolicy({ clock, budget, delay: 0 });
    expect(await fail(hedge)).toBe(boom);
  });
});
