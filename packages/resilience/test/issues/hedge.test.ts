import { describe, expect, it } from 'vitest';
import { HedgePolicy, RetryBudget } from '@highway/resilience';
import type { CallContext } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, Deferred, rejection } from '../support/calls.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

/** A hedged call whose attempts settle when the test says so. */
function hedged(options: Partial<ConstructorParameters<typeof HedgePolicy>[0]> = {}): {
  clock: ManualClock;
  contexts: CallContext[];
  attempts: Deferred<unknown>[];
  hedges: number[];
  result: Promise<unknown>;
} {
  const clock = new ManualClock();
  const policy = new HedgePolicy({ clock, delay: '1s', maxHedges: 2, ...options });
  const contexts: CallContext[] = [];
  const attempts: Deferred<unknown>[] = [];
  const hedges: number[] = [];
  policy.on('hedge', ({ attempt }) => hedges.push(attempt));
  const result = policy.execute((context) => {
    contexts.push(context);
    const attempt = new Deferred<unknown>();
    attempts.push(attempt);
    return attempt.promise;
  });
  result.catch(() => {});
  return { clock, contexts, attempts, hedges, result };
}

describe('a hedge', () => {
  it('lets every attempt run until one has won, and tells of each hedge once (Polly #1340 #1320 #1625)', async () => {
    const { clock, contexts, attempts, hedges, result } = hedged();
    await clock.advance('2s');
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
    expect(hedges).toEqual([2, 3]);
    attempts[1]!.resolve('second');
    expect(await result).toBe('second');
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false, true]);
    await clock.advance('1h');
    expect([attempts.length, hedges.length]).toEqual([3, 2]);
  });

  it('gives each attempt a context of its own (Polly #1754)', async () => {
    const { clock, contexts } = hedged();
    await clock.advance('2s');
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3);
  });

  it('goes on without hedges when the budget is spent (failsafe-go #141)', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
    const { clock, attempts, result } = hedged({ budget });
    await clock.advance('1h');
    expect(attempts).toHaveLength(1);
    attempts[0]!.resolve('first');
    expect(await result).toBe('first');
  });

  it('gives the first attempt’s error when all have failed (resilience4j ends at the first)', async () => {
    const { clock, attempts, result } = hedged();
    await clock.advance('2s');
    for (const attempt of [2, 0, 1]) attempts[attempt]!.reject(new Error(`attempt ${attempt}`));
    expect(await rejection(result)).toMatchObject({ message: 'attempt 0' });
  });

  it('does not wait for a loser that ignores its signal (Polly waits)', async () => {
    const { clock, attempts, result } = hedged();
    await clock.advance('1s');
    attempts[1]!.resolve('second');
    expect(await result).toBe('second');
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no rejection of a late loser unhandled (a trap of promises)', async () => {
    const unhandled = await unhandledRejections(async () => {
      const { clock, attempts, result } = hedged();
      await clock.advance('2s');
      attempts[1]!.resolve('second');
      await result;
      attempts[0]!.reject(boom);
      attempts[2]!.reject(boom);
      await settle();
    });
    expect(unhandled).toEqual([]);
  });

  it('lets go of what a late loser gives (Polly disposes)', async () => {
    const { clock, attempts, result } = hedged();
    await clock.advance('1s');
    attempts[1]!.resolve('second');
    await result;
    let disposed = 0;
    attempts[0]!.resolve({ [Symbol.dispose]: () => disposed++ });
    await settle();
    expect(disposed).toBe(1);
  });
});
