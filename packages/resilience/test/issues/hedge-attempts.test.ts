import { describe, expect, it } from 'vitest';
import { Backoff, Failsafe, HedgePolicy, RetryPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';

function make() {
  const clock = new ManualClock();
  return { clock, hedge: new HedgePolicy({ delay: 100, clock }), racers: new Racers() };
}

describe('the attempts of a hedge', () => {
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
});
