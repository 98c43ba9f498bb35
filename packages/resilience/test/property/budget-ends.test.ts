import {
  Backoff,
  BulkheadPolicy,
  Failsafe,
  HedgePolicy,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './parameters.ts';

/** A budget that counts its attempts. */
class CountedBudget extends RetryBudget {
  taken = 0;
  ended = 0;
  /** How many attempts were under way after each step. */
  readonly underWay = new Set<number>();

  override tryTake(endIsNoted?: boolean): boolean {
    const took = super.tryTake(endIsNoted);
    if (took) this.underWay.add(++this.taken - this.ended);
    return took;
  }

  override noteEnd(): void {
    super.noteEnd();
    this.underWay.add(this.taken - ++this.ended);
  }
}

const lap = fc.record({
  takes: fc.constantFrom(0, 0, 1, 3, 10, 50),
  ending: fc.constantFrom('failure', 'failure', 'fatal', 'value', 'bad value'),
});
const kinds = ['retry', 'hedge', 'timeout', 'bulkhead'] as const;
const script = fc.record({
  policies: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }),
  minConcurrency: fc.nat(2),
  calls: fc.array(
    fc.record({
      startsAt: fc.nat(20),
      laps: fc.array(lap, { minLength: 1, maxLength: 6 }),
      abortAt: fc.option(fc.nat(60), { nil: undefined, freq: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

function make(kind: (typeof kinds)[number], clock: ManualClock, budget: RetryBudget): Policy {
  const handle = (error: unknown): boolean => {
    if (error === 'fatal') throw new Error('in handle');
    return true;
  };
  const shared = { clock, budget, handle, handleResult: (value: unknown) => value === 'bad value' };
  switch (kind) {
    case 'retry':
      return new RetryPolicy({ ...shared, maxRetries: 3, backoff: Backoff.fixed(2) });
    case 'hedge':
      return new HedgePolicy({ ...shared, delay: 2, maxHedges: 2 });
    case 'timeout':
      return new TimeoutPolicy({ clock, timeout: 20 });
    case 'bulkhead':
      return new BulkheadPolicy({ clock, maxConcurrent: 2, maxQueued: 2, maxWait: 10 });
  }
}

describe('a retry budget with minConcurrency', { timeout: 120_000 }, () => {
  it('is told once of the end of each attempt that was taken from it, however its call ends', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ policies, minConcurrency, calls }) => {
        const clock = new ManualClock();
        const budget = new CountedBudget({ clock, ratio: 0, minPerSecond: 0, minConcurrency });
        const policy: Policy = new Failsafe({
          policies: policies.map((kind) => make(kind, clock, budget)),
        });
        let settled = 0;
        for (const { startsAt, laps, abortAt } of calls) {
          const caller = new AbortController();
          let attempts = 0;
          const run = (): Promise<unknown> => {
            const { takes, ending } = laps[attempts++ % laps.length]!;
            return new Promise((resolve, reject) => {
              clock.setTimeout(() => {
                if (ending.endsWith('value')) resolve(ending);
                // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- told apart by text
                else reject(ending);
              }, takes);
            });
          };
          clock.setTimeout(() => {
            const note = (): void => {
              settled++;
            };
            void policy.execute(run, { signal: caller.signal }).then(note, note);
          }, startsAt);
          if (abortAt !== undefined) clock.setTimeout(() => caller.abort('aborted'), abortAt);
        }
        await clock.advance(10_000);
        expect(settled).toBe(calls.length);
        expect(budget.ended).toBe(budget.taken);
        expect([...budget.underWay].every((count) => count >= 0 && count <= minConcurrency)).toBe(
          true,
        );
        expect(budget.remaining).toBe(minConcurrency);
      }),
      runs(300),
    );
  });
});
