import fc from 'fast-check';
import { assert, describe, it } from 'vitest';
import { quorum } from '@highway/fleet';
import type { Command } from '@highway/fleet';
import { syncInterval } from './fleet-node.ts';
import type { FleetNode } from './fleet-node.ts';
import { agreementMs, FleetWorld } from './fleet-world.ts';
import { fine } from './network.ts';
import { runs } from './parameters.ts';
import { trips } from './scenarios.ts';

/** A part of a history, so long that its end does not depend on when each node syncs. */
type Phase =
  | { readonly do: 'outage' | 'partial outage' | 'clear' | 'restart all' | 'copy' | 'fail over' }
  | { readonly do: 'idle'; readonly ms: number }
  | { readonly do: 'kill' | 'restart'; readonly pick: number }
  | { readonly do: 'lose'; readonly which: number }
  | { readonly do: 'step clock'; readonly ms: number }
  | { readonly do: 'command'; readonly command: Command };

const pick = fc.nat({ max: 20 });
const phases = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('outage', 'partial outage') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('idle' as const),
        ms: fc.integer({ min: 1, max: 20_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill', 'restart'), pick }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear', 'restart all') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('copy', 'fail over') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('lose' as const),
        which: fc.integer({ min: 1, max: 15 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('step clock' as const),
        ms: fc.constantFrom(3_600_000, 1_600_000, -3_600_000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('command' as const),
        command: fc.constantFrom<Command>('isolate', 'release', 'reset'),
      }),
    },
  ),
  { minLength: 2, maxLength: 6 },
);

const calls = { everyMs: 100, callMs: 0 };

async function live(world: FleetWorld, phase: Phase): Promise<void> {
  const node = 'pick' in phase ? world.nodes[phase.pick % world.nodes.length]! : undefined;
  switch (phase.do) {
    case 'outage':
      await world.traffic({ forMs: 9000, ...calls }, () => false);
      break;
    case 'partial outage': {
      // Not enough for the quorum of half.
      const failing = world.nodes.slice(0, Math.floor((world.nodes.length - 1) / 2));
      await world.traffic({ forMs: 9000, ...calls }, (of) => !failing.includes(of));
      break;
    }
    case 'idle':
      await world.advance(phase.ms);
      break;
    case 'clear':
      world.server.clear();
      break;
    case 'copy':
      world.server.copy();
      break;
    case 'fail over':
      world.server.failOver();
      break;
    case 'lose':
      world.server.lose(phase.which);
      break;
    case 'step clock':
      world.server.stepClock(phase.ms);
      break;
    case 'command':
      world.command(phase.command);
      break;
    case 'restart all':
      for (const each of [...world.nodes]) restart(world, each);
      break;
    case 'restart':
      restart(world, node!);
      break;
    default:
      if (world.nodes.length > 1) world.kill(node!);
  }
  await world.advance(agreementMs);
}

function restart(world: FleetWorld, node: FleetNode): void {
  world.kill(node);
  world.spawn(node.plan.id);
}

/** The state of the fleet and of each breaker, as far as it does not depend on the moment. */
function standing(world: FleetWorld): readonly string[] {
  const states = [world.storeState, ...world.nodes.map(({ breaker }) => breaker.state)];
  return states.map((state) => (state === 'HALF_OPEN' ? 'OPEN' : state));
}

describe('a fleet whose store need not merge quiet messages', { timeout: 300_000 }, () => {
  it('does what it does with a store that merges all, whatever happens, and asks it for less', async () => {
    const nodes = fc.integer({ min: 1, max: 5 });
    const seed = fc.nat({ max: 1_000_000 });
    let [merged, mergedOfAll] = [0, 0];
    await fc.assert(
      fc.asyncProperty(nodes, seed, phases, fc.boolean(), async (size, from, history, deaf) => {
        const plan = { nodes: size, seed: from, trip: quorum('1/2') };
        const worlds = [new FleetWorld(plan), new FleetWorld({ ...plan, knowsQuiet: false })];
        for (const world of worlds) {
          if (deaf) world.network.weather = { ...fine, noticesLost: 1 };
          await world.start();
        }
        for (const phase of history) {
          for (const world of worlds) await live(world, phase);
          assert.deepEqual(standing(worlds[0]!), standing(worlds[1]!), JSON.stringify(phase));
          // From a circuit that is half-open, the way on depends on who makes the trial calls.
          for (const world of worlds)
            await world.traffic({ forMs: 25_000, everyMs: 250, callMs: 0 });
          assert.deepEqual(standing(worlds[0]!), standing(worlds[1]!), 'afterwards');
        }
        merged += worlds[0]!.server.merged;
        mergedOfAll += worlds[1]!.server.merged;
      }),
      runs(8),
    );
    assert.isBelow(merged, mergedOfAll);
  });

  it.each(trips)('opens as soon, however long it was quiet, with $kind', async (trip) => {
    const nodes = fc.integer({ min: 1, max: 5 });
    const seed = fc.nat({ max: 1_000_000 });
    const idle = fc.integer({ min: 0, max: 100_000 });
    await fc.assert(
      fc.asyncProperty(nodes, seed, idle, fc.boolean(), async (size, from, idleMs, deaf) => {
        const times = [true, false].map(async (knowsQuiet) => {
          const world = new FleetWorld({ nodes: size, seed: from, trip, knowsQuiet });
          if (deaf) world.network.weather = { ...fine, noticesLost: 1 };
          await world.start();
          await world.advance(idleMs);
          const started = world.clock.now();
          await world.traffic({ forMs: 4000, ...calls }, () => false);
          world.assertAgreement();
          return world.server.transitions[0]!.at - started;
        });
        const [actual, expected] = await Promise.all(times);
        assert.isAtMost(actual! - expected!, 2 * syncInterval);
      }),
      runs(6),
    );
  });

  /** Fewer nodes than half see an outage. */
  async function fewFail(world: FleetWorld, few: number): Promise<void> {
    const failing = world.nodes.slice(0, few);
    await world.traffic({ forMs: 3000, ...calls }, (of) => !failing.includes(of));
  }

  it('counts the quiet processes that a store restored from a backup does not know', async () => {
    const world = new FleetWorld({ nodes: 1, seed: 1, trip: quorum('1/2') });
    await world.start();
    world.server.copy();
    for (let i = 1; i < 9; i++) world.spawn(`late-${String(i)}`);
    await world.advance(60_000);
    world.server.failOver();
    await world.advance(agreementMs);
    assert.strictEqual(world.server.views()[0]?.members, 9);
    await fewFail(world, 2);
    assert.deepEqual(world.server.transitions, []);
  });

  it('counts the quiet processes that a clock set forward has expired', async () => {
    const world = new FleetWorld({ nodes: 9, seed: 1, trip: quorum('1/2') });
    await world.start();
    await world.advance(400_000);
    // Some of them, but not all.
    world.server.stepClock(1_600_000);
    await world.advance(agreementMs);
    assert.strictEqual(world.server.views()[0]?.members, 9);
    await fewFail(world, 3);
    assert.deepEqual(world.server.transitions, []);
  });

  it('merges next to nothing while nothing happens', async () => {
    const world = new FleetWorld({ nodes: 5, seed: 1, trip: quorum('1/2') });
    await world.start();
    const { merged, unchanged } = world.server;
    await world.traffic({ forMs: 600_000, everyMs: 1000, callMs: 0 });
    assert.isAtMost(world.server.merged - merged, 5 * 4);
    assert.isAtLeast(world.server.unchanged - unchanged, 5 * 1200);
    const [view] = world.server.views();
    assert.strictEqual(view?.members, 5);
  });
});
