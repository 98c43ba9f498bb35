import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import type { FleetState } from '@highway/fleet';
import { circuit } from './fleet-node.ts';
import type { Weights } from './fleet-steps.ts';
import type { FleetWorld } from './fleet-world.ts';
import { runs } from './parameters.ts';
import { play, scenarios } from './scenarios.ts';
import type { Transition } from './store-server.ts';

const weights: Weights = {
  traffic: 14,
  dependency: 4,
  weather: 4,
  cut: 3,
  pause: 2,
  resume: 2,
  restart: 1,
  twin: 1,
  clear: 1,
  'step clock': 1,
  command: 2,
};

const ways: Readonly<Record<FleetState, readonly FleetState[]>> = {
  CLOSED: ['OPEN', 'ISOLATED'],
  OPEN: ['HALF_OPEN', 'CLOSED', 'ISOLATED'],
  HALF_OPEN: ['OPEN', 'CLOSED', 'ISOLATED'],
  ISOLATED: ['CLOSED', 'OPEN'],
};

/** Every transition follows the one before, and its proposer knew that one. */
function assertInOrder(transitions: readonly Transition[]): void {
  const latest = new Map<string, number>();
  for (const { before, after, message } of transitions) {
    const { generation, epoch } = after.version;
    assert.strictEqual(epoch, (latest.get(generation) ?? 0) + 1, 'epochs have no gap');
    latest.set(generation, epoch);
    if (after.cause !== 'reset') assert.include(ways[before.state], after.state);
    const proposed = message.command === undefined && after.cause !== 'cooldown';
    if (proposed) assert.deepEqual(message.version, before.version, 'a stale writer was heard');
  }
}

/** Within one generation, the epoch that a process names never decreases. */
function assertNoStepBack(world: FleetWorld): void {
  for (const { link } of world.nodes) {
    const known = new Map<string, number>();
    for (const { version } of link.sent.flat().filter((message) => message.circuit === circuit)) {
      assert.isAtLeast(version.epoch, known.get(version.generation) ?? 0);
      known.set(version.generation, version.epoch);
    }
  }
}

describe('the versions of a circuit', { timeout: 300_000 }, () => {
  it('only grow: each transition happens once, and stale writers are ignored', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(weights), async (given) => {
        const world = await play(given);
        assertInOrder(world.server.transitions);
        assertNoStepBack(world);
      }),
      runs(150),
    );
  });
});
