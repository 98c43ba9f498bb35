import fc from 'fast-check';
import type { Command } from '@highway/fleet';
import type { FleetWorld, Traffic } from './fleet-world.ts';
import type { Link, Weather } from './network.ts';

/** A step of a scenario. A number picks a process, modulo the number of processes. */
export type Step =
  | ({ readonly do: 'traffic' } & Traffic)
  | { readonly do: 'dependency'; readonly healthy: boolean }
  | { readonly do: 'weather'; readonly weather: Weather }
  | { readonly do: 'cut'; readonly pick: number; readonly how: Link['cut'] }
  | { readonly do: 'cut all'; readonly how: Link['cut'] }
  | { readonly do: 'pause' | 'resume' | 'kill' | 'restart' | 'twin'; readonly pick: number }
  | { readonly do: 'clear' | 'copy' | 'fail over' | 'deafen' }
  | { readonly do: 'lose'; readonly which: number }
  | { readonly do: 'step clock'; readonly ms: number }
  | { readonly do: 'command'; readonly command: Command };

/** The weight of each kind of step; kinds without a weight never occur. */
export type Weights = Partial<Record<Step['do'], number>>;

const share = fc.constantFrom(0, 0, 0.1, 0.4);
const weather = fc.record({
  slowestMs: fc.constantFrom(5, 50, 200),
  lost: share,
  rejected: share,
  doubled: share,
  noticesLost: fc.constantFrom(0, 0.5, 1),
});
const pick = fc.nat({ max: 20 });
const how = fc.constantFrom<Link['cut']>('silent', 'rejected', undefined);

const kinds: Readonly<Record<Step['do'], fc.Arbitrary<Extract<Step, { do: unknown }>>>> = {
  traffic: fc.record({
    do: fc.constant('traffic'),
    forMs: fc.integer({ min: 100, max: 4000 }),
    everyMs: fc.integer({ min: 40, max: 300 }),
    callMs: fc.constantFrom(0, 0, 30, 400),
  }),
  dependency: fc.record({ do: fc.constant('dependency'), healthy: fc.boolean() }),
  weather: fc.record({ do: fc.constant('weather'), weather }),
  cut: fc.record({ do: fc.constant('cut'), pick, how }),
  'cut all': fc.record({ do: fc.constant('cut all'), how }),
  pause: fc.record({ do: fc.constant('pause'), pick }),
  resume: fc.record({ do: fc.constant('resume'), pick }),
  kill: fc.record({ do: fc.constant('kill'), pick }),
  restart: fc.record({ do: fc.constant('restart'), pick }),
  twin: fc.record({ do: fc.constant('twin'), pick }),
  clear: fc.constant({ do: 'clear' }),
  copy: fc.constant({ do: 'copy' }),
  'fail over': fc.constant({ do: 'fail over' }),
  deafen: fc.constant({ do: 'deafen' }),
  lose: fc.record({ do: fc.constant('lose'), which: fc.integer({ min: 1, max: 15 }) }),
  'step clock': fc.record({
    do: fc.constant('step clock'),
    ms: fc.constantFrom(3_600_000, -3_600_000, 700, -700, -3000),
  }),
  command: fc.record({
    do: fc.constant('command'),
    command: fc.constantFrom<Command>('isolate', 'release', 'reset'),
  }),
};

/** Steps of the kinds that have a weight. */
export function steps(weights: Weights): fc.Arbitrary<Step[]> {
  const weighted = Object.entries(weights).map(([kind, weight]) => ({
    weight,
    arbitrary: kinds[kind as Step['do']],
  }));
  return fc.array(fc.oneof(...weighted), { minLength: 5, maxLength: 30 });
}

/** Runs a step. */
export async function take(world: FleetWorld, step: Step): Promise<void> {
  switch (step.do) {
    case 'traffic':
      await world.traffic(step);
      break;
    case 'dependency':
      world.healthy = step.healthy;
      break;
    case 'weather':
      world.network.weather = step.weather;
      break;
    case 'cut all':
      for (const { link } of world.nodes) link.cut = step.how;
      break;
    case 'command':
      world.command(step.command);
      break;
    case 'step clock':
      world.server.stepClock(step.ms);
      break;
    case 'clear':
      world.server.clear();
      break;
    case 'copy':
      world.server.copy();
      break;
    case 'deafen':
      world.server.deafen();
      break;
    case 'lose':
      world.server.lose(step.which);
      break;
    case 'fail over':
      world.server.failOver();
      break;
    default:
      happenToNode(world, step);
  }
}

type NodeStep = Extract<Step, { readonly pick: number }>;

function happenToNode(world: FleetWorld, step: NodeStep): void {
  const node = world.nodes[step.pick % world.nodes.length];
  if (node === undefined) return;
  switch (step.do) {
    case 'cut':
      node.link.cut = step.how;
      break;
    case 'pause':
      node.process.pause();
      break;
    case 'resume':
      node.process.resume();
      break;
    case 'kill':
      if (world.nodes.length > 1) world.kill(node);
      break;
    case 'restart':
      world.kill(node);
      world.spawn(node.plan.id);
      break;
    default:
      // Two processes with one name, as after copying a configuration.
      if (world.nodes.length < 8) world.spawn(node.plan.id);
  }
}
