import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import { quorum } from '@highway/fleet';
import type { FleetNode } from './fleet-node.ts';
import { take } from './fleet-steps.ts';
import type { Weights } from './fleet-steps.ts';
import { FleetWorld } from './fleet-world.ts';
import { fine } from './network.ts';
import { runs } from './parameters.ts';
import { scenarios } from './scenarios.ts';

// Nodes are not cut off one by one: after a long silence they would not belong to the fleet.
const weights: Weights = {
  traffic: 10,
  'cut all': 3,
  clear: 2,
  copy: 1,
  'fail over': 1,
  'step clock': 2,
};

describe('one bad node of three or more', { timeout: 300_000 }, () => {
  it('never opens the fleet’s circuit with a quorum of half, whatever the store loses', async () => {
    const given = scenarios(weights, { nodes: [3, 6], only: [quorum('1/2')] });
    await fc.assert(
      fc.asyncProperty(given, fc.nat({ max: 5 }), async (scenario, pick) => {
        const world = new FleetWorld(scenario);
        await world.start();
        world.network.weather = { ...fine, slowestMs: 200, doubled: 0.2, noticesLost: 0.5 };
        const bad = world.nodes[pick % world.nodes.length];
        const healthy = (node: FleetNode): boolean => node !== bad;
        for (const step of scenario.steps) {
          if (step.do === 'traffic') await world.traffic(step, healthy);
          else await take(world, step);
          for (const node of world.nodes) {
            if (node !== bad) assert.strictEqual(node.breaker.state, 'CLOSED');
          }
        }
        const opened = world.server.transitions.filter(({ after }) => after.state === 'OPEN');
        assert.deepEqual(opened, []);
      }),
      runs(150),
    );
  });
});
