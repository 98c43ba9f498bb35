import { HedgePolicy, isRejection, RejectedError, RetryBudget } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playRace } from './hedge-model.ts';
import type { Lap, RaceResult, RaceScript } from './hedge-model.ts';
import { runs } from './parameters.ts';

const mostHedges = 4;

const ending = fc.constantFrom<Lap['ending']>(
  'success',
  'success',
  'bad value',
  'failure',
  'failure',
  'rejection',
  'fatal',
);
// Each attempt takes a fraction of a millisecond of its own beside whole ones, so that no two of
// them, nor one and the delay, fall together: which of two such goes first is nobody's promise.
const laps = fc
  .array(fc.record({ takes: fc.nat(40), ending }), {
    minLength: mostHedges + 1,
    maxLength: mostHedges + 1,
  })
  .map((list) => list.map((lap, i) => ({ ...lap, takes: lap.takes + 2 ** -(i + 1) })));
const script: fc.Arbitrary<RaceScript> = fc.record({
  delay: fc.constantFrom(1, 5, 10, 30),
  maxHedges: fc.nat(mostHedges),
  allowed: fc.constantFrom(0, 1, 2, mostHedges, mostHedges),
  laps,
  abortAt: fc.option(
    fc.nat(60).map((ms) => ms + 2 ** -8),
    { nil: undefined, freq: 2 },
  ),
});

class Rejection extends RejectedError {
  readonly attempt: number;

  constructor(attempt: number) {
    super('rejected', { code: 'ERR_TEST' });
    this.attempt = attempt;
  }
}

/** Ends an attempt as its lap says; whose it was can be told from what comes out. */
function finish({ ending }: Lap, attempt: number): unknown {
  if (ending === 'success' || ending === 'bad value') return { attempt, ending };
  throw ending === 'rejection'
    ? new Rejection(attempt)
    : Object.assign(new Error(ending), { attempt });
}

async function run({ laps, delay, maxHedges, allowed, abortAt }: RaceScript) {
  const clock = new ManualClock();
  const budget = new RetryBudget({ ratio: 0, minPerSecond: allowed, window: '1s', clock });
  const hedge = new HedgePolicy({
    clock,
    delay,
    maxHedges,
    budget,
    handle: (error) => !isRejection(error) && (error as Error).message !== 'fatal',
    handleResult: (value) => (value as Lap).ending === 'bad value',
  });
  const caller = new AbortController();
  const starts: number[] = [];
  const signals: AbortSignal[] = [];
  let decidedBy = -1;
  let endedAt = -1;
  const decide = (by: unknown): void => {
    decidedBy = (by as { attempt: number }).attempt;
    endedAt = clock.now();
  };
  void hedge
    .execute(
      ({ attempt, signal }) => {
        starts.push(clock.now());
        signals.push(signal);
        const lap = laps[attempt - 1]!;
        return new Promise((resolve, reject) => {
          clock.setTimeout(() => {
            try {
              resolve(finish(lap, attempt));
            } catch (error) {
              reject(error);
            }
          }, lap.takes);
        });
      },
      { signal: caller.signal },
    )
    .then(decide, decide);
  if (abortAt !== undefined) clock.setTimeout(() => caller.abort({ attempt: 0 }), abortAt);
  await clock.advance(1_000);
  const aborted = signals.flatMap((signal, i) => (signal.aborted ? [i + 1] : []));
  return { result: { starts, decidedBy, endedAt, aborted }, timers: clock.pendingTimers };
}

describe('a hedge', () => {
  it('starts, decides and aborts like a naive simulation', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (played) => {
        const expected: RaceResult = playRace(played);
        const { result, timers } = await run(played);
        expect(result).toEqual(expected);
        expect(timers).toBe(0);
      }),
      runs(400),
    );
  });
});
