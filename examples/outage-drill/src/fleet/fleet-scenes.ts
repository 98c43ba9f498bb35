import { fleetGroup } from '../callers/groups.ts';
import type { CallersPlan } from '../callers/plan.ts';
import { scriptedProfile } from '../callers/profile.ts';
import type { DrillOptions } from '../options.ts';
import { graceMs } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { scriptedSeconds } from '../service/script.ts';
import { storeNames } from './fleet-plan.ts';
import type { FleetPlan, StoreLocation } from './fleet-plan.ts';
import { FleetTally } from './fleet-tally.ts';

/** A fleet and its service. */
export interface FleetScene extends Scene {
  readonly tally: FleetTally;
}

/**
 * Two fleets of the same size, with the same policies, the same load and a service each. In one, every
 * process has its own circuit; the other shares one circuit through the store.
 */
export function fleetScenes(
  options: DrillOptions,
  processes: number,
  store: StoreLocation,
): FleetScene[] {
  const { seconds, rate, seed } = options;
  const scene = (
    name: string,
    title: string,
    about: string,
    through?: StoreLocation,
  ): FleetScene => ({
    tally: new FleetTally(
      { name, title, summary: `${processes} processes, ${about}` },
      processes,
      seconds,
    ),
    service: { seconds, rate, seed },
    callers: (url) =>
      Array.from({ length: processes }, (_, process) => ({
        ...callers(options, processes, url),
        process,
        // The same seeds in both fleets, so that their calls start at the same times.
        seed: seed + process + 1,
        ...(through && { fleet: fleetPlan(options, process, through) }),
      })),
  });
  return [
    scene('alone', 'Each alone', 'each with its own circuit'),
    scene('fleet', 'One fleet', `one circuit through ${storeNames[store.kind]}`, store),
  ];
}

function callers(
  { seconds, rate }: DrillOptions,
  processes: number,
  url: string,
): Omit<CallersPlan, 'process' | 'seed'> {
  return {
    group: fleetGroup.name,
    url,
    scripted: true,
    profile: scriptedProfile(seconds),
    seconds,
    rate: rate / processes,
    graceMs,
  };
}

/** The minimum number of calls, of all processes together, before the fleet decides. */
const minimumCalls = 20;

function fleetPlan(
  { seconds, rate }: DrillOptions,
  process: number,
  store: StoreLocation,
): FleetPlan {
  const stretch = seconds / scriptedSeconds;
  return {
    store,
    nodeId: `drill-${process + 1}`,
    syncInterval: Math.max(50, 100 * stretch),
    minimumCalls,
    // Long enough for twice as many calls.
    over: Math.max(200, (2 * minimumCalls * 1000) / rate),
  };
}
