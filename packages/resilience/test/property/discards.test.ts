import { Backoff, Failsafe, HedgePolicy, RetryPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Disposables } from '../support/disposables.ts';
import { runs } from './parameters.ts';

/** How an attempt ends: it throws or returns something new. */
const lap = fc.record({
  takes: fc.constantFrom(0, 0, 1, 3, 10),
  ending: fc.constantFrom(
    'failure' as const,
    'failure' as const,
    'bad value' as const,
    'good value' as const,
  ),
});
const kinds = {
  retry: (clock: ManualClock) =>
    new RetryPolicy({
      clock,
      maxRetries: 2,
      backoff: Backoff.fixed(2),
      handleResult: (value) => value !== 'good',
    }),
  rethrowing: (clock: ManualClock) =>
    new RetryPolicy({ clock, maxRetries: 2, backoff: Backoff.none, rethrow: true }),
  hedge: (clock: ManualClock) =>
    new HedgePolicy({ clock, delay: 2, maxHedges: 2, handleResult: (value) => value !== 'good' }),
};
const script = fc.record({
  policies: fc.array(fc.constantFrom('retry', 'rethrowing', 'hedge'), {
    minLength: 1,
    maxLength: 3,
  }),
  laps: fc.array(lap, { minLength: 1, maxLength: 30 }),
  abortAt: fc.option(fc.nat(30), { nil: undefined, freq: 3 }),
});

/** What a caller reaches by an outcome: an error and its causes. */
function reachable(outcome: unknown): unknown[] {
  const reached: unknown[] = [];
  for (let at = outcome; at !== undefined; at = (at as { cause?: unknown }).cause) reached.push(at);
  return reached;
}

describe('what attempts return and throw', { timeout: 120_000 }, () => {
  it('is disposed of once, unless the caller gets it', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ policies, laps, abortAt }) => {
        const clock = new ManualClock();
        const made = new Disposables();
        const all = new Map<string, unknown>();
        const caller = new AbortController();
        const policy: Policy = new Failsafe({
          policies: policies.map((kind) => kinds[kind as 'retry'](clock)),
        });
        let outcome: unknown;
        const keep = (ended: unknown): void => void (outcome = ended);
        void policy
          .execute(
            () =>
              new Promise((resolve, reject) => {
                const name = String(all.size);
                const { takes, ending } = laps[all.size % laps.length]!;
                const result = ending === 'failure' ? made.error(name) : made.value(name);
                all.set(name, ending === 'good value' ? 'good' : result);
                clock.setTimeout(() => {
                  if (result instanceof Error) reject(result);
                  else resolve(all.get(name));
                }, takes);
              }),
            { signal: caller.signal },
          )
          .then(keep, keep);
        if (abortAt !== undefined) clock.setTimeout(() => caller.abort('aborted'), abortAt);
        await clock.advance(10_000);
        expect(outcome).toBeDefined();
        const kept = reachable(outcome);
        const expected = [...all]
          .filter(([, result]) => result !== 'good' && !kept.includes(result))
          .map(([name]) => name);
        expect([...made.disposed].sort()).toEqual(expected.sort());
      }),
      runs(300),
    );
  });
});
