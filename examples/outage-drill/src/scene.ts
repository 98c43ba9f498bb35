import { endpointGroups, groups } from './callers/groups.ts';
import type { CallersPlan } from './callers/plan.ts';
import { endpointProfile, scriptedProfile } from './callers/profile.ts';
import type { DrillOptions } from './options.ts';
import { GroupTally } from './report/group-tally.ts';
import type { ServicePlan } from './service/service-life.ts';

/** A service, the processes that call it, and what is known of them. */
export interface Scene {
  readonly tally: GroupTally;
  /** The scripted service's life, or an endpoint of the user's own. */
  readonly service: ServicePlan | URL;
  /** A plan for each process that calls the service at its URL. */
  readonly callers: (url: string) => readonly CallersPlan[];
}

/** How long calls that begin at the last moment may take before they count as unfinished. */
export const graceMs = 1000;

/**
 * For each group a process of callers and a service of its own, so that no group feels what another
 * does.
 */
export function groupScenes(options: DrillOptions): Scene[] {
  const { url: endpoint, seconds, rate, seed } = options;
  const taking = endpoint === undefined ? groups : endpointGroups;
  return taking.map((group, place) => ({
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
        // Groups don't draw the same numbers: what they have in common is the script.
        seed: seed + place + 1,
        graceMs,
      },
    ],
  }));
}
