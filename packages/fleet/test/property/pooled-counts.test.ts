import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import { supervisionOf } from '@highway/resilience/supervision';
import { pooled } from '@highway/fleet';
import { circuit } from './fleet-node.ts';
import type { Weights } from './fleet-steps.ts';
import { agreementMs } from './fleet-world.ts';
import type { FleetWorld } from './fleet-world.ts';
import { runs } from './parameters.ts';
import { play, scenarios } from './scenarios.ts';

// A minimum so high that it never opens, and a span so long that nothing is forgotten.
const only = [pooled({ minimumCalls: 1_000_000, rate: 1, over: '10h' })];
const calm: Weights = { traffic: 5, twin: 1 };

function pooledOf(world: FleetWorld): { successes: number; failures: number } {
  const view = world.server.views().find((each) => each.circuit === circuit);
  return { successes: view?.successes ?? 0, failures: view?.failures ?? 0 };
}

function recordedBy(world: FleetWorld): { successes: number; failures: number } {
  const sum = { successes: 0, failures: 0 };
  for (const { breaker } of world.nodes) {
    const { totals } = supervisionOf(breaker);
    sum.successes += totals.successes;
    sum.failures += totals.failures;
  }
  return sum;
}

describe('the pooled counts of a closed circuit', { timeout: 300_000 }, () => {
  it('match what the nodes recorded', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(calm, { only }), async (given) => {
        const world = await play(given);
        world.heal();
        await world.advance(agreementMs);
        assert.deepEqual(pooledOf(world), recordedBy(world));
      }),
      runs(75),
    );
  });

  it('never exceed that, even if messages are duplicated, lost or out of order', async () => {
    const weights: Weights = { ...calm, pause: 1, resume: 2, weather: 3, cut: 2, clear: 1 };
    await fc.assert(
      fc.asyncProperty(scenarios(weights, { only }), async (given) => {
        await play(given, (world) => {
          // So slow that the next message may arrive before the abandoned one.
          world.network.weather = { ...world.network.weather, slowestMs: 1400, doubled: 0.3 };
          const { successes, failures } = pooledOf(world);
          const recorded = recordedBy(world);
          assert.isAtMost(successes, recorded.successes);
          assert.isAtMost(failures, recorded.failures);
        });
      }),
      runs(150),
    );
  });
});
