import fc from 'fast-check';
import { describe, it } from 'vitest';
import { rules, steps } from './circuit-steps.ts';
import type { Weights } from './circuit-steps.ts';
import { CircuitWorld } from './circuit-world.ts';
import { runs } from './parameters.ts';

const setup = fc.record({ observed: fc.boolean(), judgesValues: fc.boolean() });

/** Runs the library's breaker beside the model; after each step they must agree in everything. */
async function assertAgreement(count: number, weights: Weights): Promise<void> {
  const scenario = rules.chain((chosen) =>
    fc.record({ rules: fc.constant(chosen), setup, steps: steps(chosen, weights) }),
  );
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const world = new CircuitWorld(given.rules, given.setup);
      for (const step of given.steps) await world.take(step);
    }),
    runs(count),
  );
}

describe('a circuit breaker agrees with a model that recounts everything', () => {
  it('while calls run in sequence', () => assertAgreement(2500, { calls: 8, time: 1 }), 120_000);

  it(
    'while calls overlap, hang and are cancelled',
    () => assertAgreement(4000, { calls: 4, hangs: 8, settles: 8, cancels: 2, time: 2 }),
    120_000,
  );

  it(
    'while an operator takes part',
    () =>
      assertAgreement(1750, { calls: 8, hangs: 3, settles: 3, time: 2, manual: 2, isolation: 1 }),
    120_000,
  );

  it(
    'while processes pass it on by snapshots',
    () =>
      assertAgreement(1750, {
        calls: 8,
        hangs: 3,
        settles: 3,
        cancels: 1,
        time: 3,
        manual: 1,
        isolation: 1,
        restarts: 2,
      }),
    120_000,
  );
});
