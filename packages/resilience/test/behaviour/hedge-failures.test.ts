import { describe, expect, it } from 'vitest';
import { HedgePolicy, RetryBudget } from '@highway/resilience';
import type { HedgeOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';

function start(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const hedge = new HedgePolicy({ delay: 100, clock, ...options });
  const racers = new Racers();
  const result = hedge.execute(racers.run);
  result.catch(() => {});
  return { clock, hedge, racers, result };
}

describe('an attempt that fails', () => {
  it('starts the next one at once', async () => {
    const { racers, result, clock } = start();
    racers.reject(1, boom);
    await settle();
    expect(racers.count).toBe(2);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(clock.pendingTimers).toBe(0);
  });

  it('restarts the delay with the attempt that follows it', async () => {
    const { racers, clock } = start({ maxHedges: 2 });
    await clock.advance(60);
    racers.reject(1, boom);
    await clock.advance(99);
    expect(racers.count).toBe(2);
    await clock.advance(1);
    expect(racers.count).toBe(3);
  });

  it('does not end the others if no more attempts may start', async () => {
    const { racers, result, clock } = start();
    await clock.advance(100);
    racers.reject(2, boom);
    await settle();
    expect(racers.signal(1).aborted).toBe(false);
    racers.resolve(1, 'first');
    expect(await result).toBe('first');
  });

  it('may be followed by one that succeeds, and does not see its signal abort', async () => {
    const { racers, result } = start();
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'second');
    await result;
    expect(racers.signal(1).aborted).toBe(false);
  });

  it('does not end the call while another one runs (resilience4j, unfixed)', async () => {
    const { clock, racers, result } = start();
    await clock.advance(100);
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
  });
});

describe('a call all of whose attempts fail', () => {
  it('rejects with the error of attempt 1, whichever failed first (resilience4j ends at the first)', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const { racers, result, clock } = start();
      await clock.advance(100);
      for (const attempt of order) {
        racers.reject(attempt, `error ${attempt}`);
        await settle();
      }
      expect(await rejection(result)).toBe('error 1');
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('rejects with exactly what was thrown, whatever that is', async () => {
    for (const error of [undefined, null, 0, boom]) {
      const { racers, result } = start({ maxHedges: 0 });
      racers.reject(1, error);
      expect(await rejection(result)).toBe(error);
    }
  });
});

describe('an error for which handle returns false', () => {
  it('ends the call at once, and aborts the other attempts', async () => {
    const { racers, result, clock } = start({ handle: (error) => error !== boom });
    await clock.advance(100);
    racers.reject(2, boom);
    expect(await rejection(result)).toBe(boom);
    expect(racers.signal(1).aborted).toBe(true);
    expect(racers.signal(2).aborted).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts no further attempt', async () => {
    const { racers, result, clock } = start({ handle: () => false });
    racers.reject(1, boom);
    expect(await rejection(result)).toBe(boom);
    await clock.advance('1h');
    expect(racers.count).toBe(1);
  });
});

describe('handleResult', () => {
  const handleResult = (value: unknown): boolean => value === 'bad';

  it('starts the next attempt after a value for which it returns true', async () => {
    const { racers, result } = start({ handleResult });
    racers.resolve(1, 'bad');
    await settle();
    racers.resolve(2, 'good');
    expect(await result).toBe('good');
  });

  it('returns the first value if all attempts fail', async () => {
    const { racers, result } = start({ handleResult });
    racers.resolve(1, 'bad');
    await settle();
    racers.reject(2, boom);
    expect(await result).toBe('bad');
  });

  it('makes values that nobody gets be disposed', async () => {
    const disposed: string[] = [];
    const make = (name: string): object => ({
      [(Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose')]: () =>
        disposed.push(name),
    });
    const values = [make('first'), make('second'), make('third')];
    const { racers, result } = start({
      maxHedges: 2,
      handleResult: (value) => value !== values[2],
    });
    for (const [i, value] of values.entries()) {
      racers.resolve(i + 1, value);
      await settle();
    }
    expect(await result).toBe(values[2]);
    expect(disposed.sort()).toEqual(['first', 'second']);
  });

  it('keeps the first value for the caller, and makes others be disposed', async () => {
    const disposed: string[] = [];
    const make = (name: string): object => ({
      [(Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose')]: () =>
        disposed.push(name),
    });
    const first = make('first');
    const { racers, result } = start({ handleResult: () => true });
    racers.resolve(1, first);
    await settle();
    racers.resolve(2, make('second'));
    expect(await result).toBe(first);
    await settle();
    expect(disposed).toEqual(['second']);
  });
});

describe('a predicate', () => {
  it('is not called for attempts that end too late', async () => {
    const asked: unknown[] = [];
    const handle = (error: unknown): boolean => {
      asked.push(error);
      return true;
    };
    const { racers, result, clock } = start({ handle });
    await clock.advance(100);
    racers.resolve(1, 'first');
    await result;
    racers.reject(2, boom);
    await settle();
    expect(asked).toEqual([]);
  });
});

describe('a predicate that throws', () => {
  const predicateError = new Error('predicate');
  const throwing = (): never => {
    throw predicateError;
  };

  it.each<[string, Partial<HedgeOptions>, (racers: Racers) => void]>([
    ['handle', { handle: throwing }, (racers) => racers.reject(2, boom)],
    ['handleResult', { handleResult: throwing }, (racers) => racers.resolve(2, 'fine')],
  ])('ends the call with its error: %s', async (_name, options, end) => {
    const { racers, result, clock } = start(options);
    await clock.advance(100);
    end(racers);
    expect(await rejection(result)).toBe(predicateError);
    expect(racers.signal(1).aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a budget of hedges', () => {
  it('ends the hedging, not the call, when it is spent (failsafe-go #141)', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, clock });
    const { racers, result } = start({ clock, budget, maxHedges: 3 });
    await clock.advance(100);
    expect(racers.count).toBe(2);
    await clock.advance(100);
    expect(racers.count).toBe(2);
    expect(clock.pendingTimers).toBe(0);
    racers.resolve(1, 'fine');
    expect(await result).toBe('fine');
  });

  it('does not change the error of a failed call when it is spent', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0, clock });
    const { racers, result } = start({ clock, budget });
    racers.reject(1, boom);
    expect(await rejection(result)).toBe(boom);
    expect(racers.count).toBe(1);
  });

  it('does not end running attempts when it is spent', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, clock });
    const { racers, result } = start({ clock, budget, maxHedges: 3 });
    await clock.advance(100);
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(racers.count).toBe(2);
  });

  it('counts each call, so that hedges are a share of the calls', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0, clock });
    const hedge = new HedgePolicy({ delay: 100, clock, budget });
    const racers = new Racers();
    for (let call = 0; call < 10; call++) void hedge.execute(racers.run);
    await clock.advance(100);
    expect(racers.count).toBe(15);
    expect(budget.remaining).toBe(0);
  });
});
