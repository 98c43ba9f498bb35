import { pooled, quorum } from '@highway/fleet';
import type { Trip } from '@highway/fleet';
import { changeOf, readStats } from '../fleet/redis-stats.ts';
import { RedisOnEachCall } from '../fleet/redis-on-each-call.ts';
import { attachedBreaker, startFleet } from '../fleet/start-fleet.ts';
import type { StartedFleet } from '../fleet/start-fleet.ts';
import { steadyLoad } from '../fleet/steady-load.ts';
import type { Count, CountedQuestion, Library, Target } from '../subject.ts';

const measuredMs = 10_000;

interface Setting {
  readonly name: string;
  readonly library: Library;
  /** Calls a second. */
  readonly rate: number;
  readonly targets?: readonly Target[];
  /** The calls to make in turns. */
  readonly calls: (started: StartedFleet) => readonly (() => Promise<unknown>)[];
}

const pooledTrip: Trip = pooled({ minimumCalls: 100, rate: 1 });
const succeed = (): Promise<number> => Promise.resolve(1);

/** With a quorum, calls that succeed are no news: a closed circuit is quiet. */
function throughBreakers(circuits: number, trip = pooledTrip): Setting['calls'] {
  return ({ fleet }) =>
    Array.from({ length: circuits }, (_, i) => {
      const breaker = attachedBreaker(fleet, `circuit-${String(i)}`, trip);
      return () => breaker.execute(succeed);
    });
}

// One sync each 450 to 500 ms, whatever the calls.
const targets = [{ figure: 'scripts/s', atMost: 2.3 }];

const settings: readonly Setting[] = [
  ...[10, 1_000, 100_000].map((rate) => ({
    name: `${rate.toLocaleString('en')} calls/s`,
    library: 'highway' as const,
    rate,
    targets,
    calls: throughBreakers(1),
  })),
  {
    name: 'ten pooled circuits, 1,000 calls/s',
    library: 'highway',
    rate: 1_000,
    calls: throughBreakers(10),
  },
  ...[10, 100, 1_000].map((circuits) => ({
    name: `${circuits.toLocaleString('en')} circuits with a quorum, 1,000 calls/s`,
    library: 'highway' as const,
    rate: 1_000,
    targets: [
      { figure: 'commands/s', atMost: 6 },
      { figure: 'CPU ms/s', atMost: 5 },
    ],
    calls: throughBreakers(circuits, quorum('1/2')),
  })),
  {
    name: 'Redis on each call, 1,000 calls/s',
    library: 'by hand',
    rate: 1_000,
    calls: ({ client }) => {
      const breaker = new RedisOnEachCall(client, 'by-hand');
      return [() => breaker.execute(succeed)];
    },
  },
];

/** What a node does to a Redis that nobody else uses. */
async function ask(
  { name, library, rate, targets = [], calls }: Setting,
  idleCpu: number,
): Promise<Count> {
  await using started = await startFleet();
  const loads = calls(started);
  // Until all circuits have joined, which takes one exchange each.
  for (let i = 0; i < 3; i++) await started.fleet.sync();
  await steadyLoad(loads, rate, 1_000);
  const before = await readStats(started.client);
  const made = await steadyLoad(loads, rate, measuredMs);
  const change = changeOf(before, await readStats(started.client));
  const perSecond = (count: number): number => count / (measuredMs / 1000);
  return {
    name,
    library,
    figures: {
      'calls/s': Math.round(made),
      'reads/s': perSecond(change.reads),
      'scripts/s': perSecond(change.scripts),
      'commands/s': perSecond(change.commands),
      'bytes/s': perSecond(change.bytes),
      'µs/s in scripts': perSecond(change.scriptTime),
      'CPU ms/s': Math.max(0, perSecond(change.cpuMs) - idleCpu),
    },
    targets,
  };
}

/** The CPU time in ms that Redis takes per second while nobody asks it anything. */
async function measureIdle(): Promise<number> {
  await using started = await startFleet();
  const before = await readStats(started.client);
  await steadyLoad([() => undefined], 1, measuredMs);
  const { cpuMs } = changeOf(before, await readStats(started.client));
  return cpuMs / (measuredMs / 1000);
}

export const fleetStore: CountedQuestion = {
  name: 'fleet-store',
  asks: 'How much load does one node of a fleet put on its Redis?',
  count: async () => {
    const counts: Count[] = [];
    const idleCpu = await measureIdle();
    for (const setting of settings) counts.push(await ask(setting, idleCpu));
    return counts;
  },
};
