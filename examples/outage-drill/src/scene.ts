import { endpointGroups, groups } from './callers/groups.ts';
import type { CallersPlan } from './callers/plan.ts';
import { endpointProfile, scriptedProfile } from './callers/profile.ts';
import type { DrillOptions } from './options.ts';
import { GroupTally } from './report/group-tally.ts';
import type { ServicePlan } from './service/service-life.ts';

/** A service, the processes that call it, and what they reported. */
export interface Scene {
  readonly tally: GroupTally;
  /** The plan of the scripted service, or the user's own endpoint. */
  readonly service: ServicePlan | URL;
  /** The plans of the processes that call the service at the URL. */
  readonly callers: (url: string) => readonly CallersPlan[];
}

/** How long calls that start at the last moment may take before they count as unfinished. */
export const graceMs = 1000;

/**
 * For each group, a process of callers and a service of its own, so that no group affects another.
 */
export function groupScenes(options: DrillOptions): Scene[] {
  const { url: endpoint, seconds, rate, seed } = options;
  const taking = endpoint === undefined ? groups : endpointGroups;
  return taking.map((group, index) => ({
    tally: new GroupTally(group, seconds),
    service: endpoint ?? { seconds, rate, seed },
    callers: (url) => [
      {
        group: group.name,
        process: 0,
        url,
        scripted: endpoint === undefined,
        profile: endpoint === undefined ? scriptedProfile(seconds) : endpointProfile,
        seconds,
        rate,
        // Each group has its own seed; what they share is the script.
        seed: seed + index + 1,
        graceMs,
      },
    ],
  }));
}
