import fc from 'fast-check';
import { pooled, quorum } from '@highway/fleet';
import type { Trip } from '@highway/fleet';
import { steps, take } from './fleet-steps.ts';
import type { Step, Weights } from './fleet-steps.ts';
import { FleetWorld } from './fleet-world.ts';

/** A fleet, and the steps of a scenario. */
export interface Scenario {
  readonly nodes: number;
  readonly seed: number;
  readonly trip: Trip;
  readonly steps: readonly Step[];
}

export const trips: readonly Trip[] = [
  quorum('1/2'),
  pooled({ minimumCalls: 20, rate: 0.5, over: '5s' }),
];

export function scenarios(
  weights: Weights,
  { nodes = [1, 5], only = trips }: { nodes?: [number, number]; only?: readonly Trip[] } = {},
): fc.Arbitrary<Scenario> {
  return fc.record({
    nodes: fc.integer({ min: nodes[0], max: nodes[1] }),
    seed: fc.nat({ max: 1_000_000 }),
    trip: fc.constantFrom(...only),
    steps: steps(weights),
  });
}

/** Runs all steps, and checks the fleet after each. */
export async function play(
  given: Scenario,
  look: (world: FleetWorld) => void = () => {},
): Promise<FleetWorld> {
  const world = new FleetWorld(given);
  await world.start();
  for (const step of given.steps) {
    await take(world, step);
    look(world);
  }
  return world;
}
