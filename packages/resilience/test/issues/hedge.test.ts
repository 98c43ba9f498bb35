import { describe, expect, it } from 'vitest';
import { Backoff, Failsafe, HedgePolicy, RetryBudget, RetryPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function make(maxHedges = 1) {
  const clock = new ManualClock();
  return { clock, hedge: new HedgePolicy({ delay: 100, maxHedges, clock }), racers: new Racers() };
}

describe('a hedge', () => {
  it('a hedge is not cancelled while it may still win (Polly #1340)', async () => {
    const { clock, hedge, racers } = make(2);
    const result = hedge.execute(racers.run);
    await clock.advance(200);
    racers.reject(1, boom);
    await settle();
    racers.reject(2, boom);
    await clock.advance('1h');
    expect(racers.signal(3).aborted).toBe(false);
    racers.resolve(3, 'third');
    expect(await result).toBe('third');
    expect(racers.signal(3).aborted).toBe(false);
  });

  it('each hedge is told of once, none for the first attempt (Polly #1320, #1625)', async () => {
    const { clock, hedge, racers } = make(3);
    const attempts: number[] = [];
    hedge.on('hedge', ({ attempt }) => attempts.push(attempt));
    const result = hedge.execute(racers.run);
    await clock.advance(100);
    racers.reject(1, boom);
    await clock.advance('1h');
    racers.resolve(2, 'fine');
    await result;
    expect(attempts).toEqual([2, 3, 4]);
  });

  it('each attempt has a context and a signal of its own (Polly #1754)', async () => {
    const { clock, hedge, racers } = make(2);
    void hedge.execute(racers.run);
    await clock.advance(200);
    const contexts = racers.started.map(({ context }) => context);
    expect(new Set(contexts).size).toBe(3);
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3);
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('a loser that ignores its signal does not keep the winner waiting (Polly, unfixed)', async () => {
    const { clock, hedge, racers } = make();
    const result = hedge.execute(racers.run);
    await clock.advance(100);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(racers.signal(1).aborted).toBe(true);
  });

  it('the reason of the caller reaches every attempt (Polly #3094)', async () => {
    const { clock, hedge, racers } = make();
    const caller = new AbortController();
    const result = hedge.execute(racers.run, { signal: caller.signal });
    result.catch(() => {});
    await clock.advance(100);
    caller.abort(boom);
    expect(racers.signal(1).reason).toBe(boom);
    expect(racers.signal(2).reason).toBe(boom);
    expect(await rejection(result)).toBe(boom);
  });

  it('a spent budget ends the hedging, not the call (failsafe-go 0.9.7 #141)', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0, clock });
    const hedge = new HedgePolicy({ delay: 100, clock, budget });
    const racers = new Racers();
    const result = hedge.execute(racers.run);
    await clock.advance('1s');
    racers.resolve(1, 'slow');
    expect(await result).toBe('slow');
    expect(racers.count).toBe(1);
  });

  it('a hedge around a retry gives a body that still streams (failsafe-go 0.6.8 #65)', async () => {
    const { clock, hedge, racers } = make();
    const retry = new RetryPolicy({ backoff: Backoff.none, clock });
    const caller = new AbortController();
    const result = new Failsafe({ policies: [hedge, retry] }).execute(racers.run, {
      signal: caller.signal,
    });
    racers.reject(1, boom);
    await settle();
    await clock.advance(100);
    const { signal } = racers.at(2).context;
    racers.at(2).context.disarm();
    racers.resolve(2, 'headers');
    expect(await result).toBe('headers');
    await clock.advance('1h');
    expect(signal.aborted).toBe(false);
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });

  it('a first attempt that fails does not end the call (resilience4j, unfixed)', async () => {
    const { clock, hedge, racers } = make();
    const result = hedge.execute(racers.run);
    await clock.advance(100);
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
  });

  it('what a loser runs is aborted, not just its promise (resilience4j, unfixed)', async () => {
    const { clock, hedge } = make();
    const ended: unknown[] = [];
    const result = hedge.execute(
      ({ attempt, signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => ended.push(attempt));
          if (attempt === 2) resolve('second');
        }),
    );
    await clock.advance(100);
    expect(await result).toBe('second');
    expect(ended).toEqual([1]);
  });

  it('the late rejection of a loser is no unhandled rejection', async () => {
    const reasons = await unhandledRejections(async () => {
      const { clock, hedge, racers } = make(2);
      const result = hedge.execute(racers.run);
      await clock.advance(200);
      racers.resolve(3, 'third');
      await result;
      racers.reject(1, boom);
      racers.reject(2, boom);
    });
    expect(reasons).toEqual([]);
  });
});
