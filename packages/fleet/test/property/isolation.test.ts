import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import { take, steps } from './fleet-steps.ts';
import type { Weights } from './fleet-steps.ts';
import { FleetWorld } from './fleet-world.ts';
import { runs } from './parameters.ts';
import { scenarios } from './scenarios.ts';

const before: Weights = { traffic: 5, dependency: 2, weather: 1, restart: 1, 'step clock': 1 };
/** What may happen while the circuit is isolated; at least one node survives all of it. */
const during: Weights = {
  traffic: 5,
  weather: 3,
  cut: 2,
  'cut all': 2,
  pause: 1,
  resume: 1,
  clear: 3,
  'step clock': 1,
};

async function agree(world: FleetWorld): Promise<void> {
  world.heal();
  await world.settleStates();
  world.assertAgreement();
}

describe('an isolation by an operator', { timeout: 300_000 }, () => {
  it('reaches every node, survives a store that comes back empty, and ends everywhere', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(before), steps(during), async (given, faults) => {
        const world = new FleetWorld(given);
        await world.start();
        for (const step of given.steps) await take(world, step);
        world.command('isolate');
        await agree(world);
        assert.strictEqual(world.storeState, 'ISOLATED');
        for (const step of faults) await take(world, step);
        await agree(world);
        assert.strictEqual(world.storeState, 'ISOLATED');
        world.command('release');
        await agree(world);
        assert.notStrictEqual(world.storeState, 'ISOLATED');
      }),
      runs(100),
    );
  });
});
