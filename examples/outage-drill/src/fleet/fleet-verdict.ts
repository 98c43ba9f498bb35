import { count, time } from '@highway-examples/drill-kit';
import { storeNames } from './fleet-plan.ts';
import type { FleetGroupResults, FleetResults } from './fleet-results.ts';

/** What the table says, in three sentences; nothing where the drill was too short to tell. */
export function fleetVerdict(results: FleetResults): string[] {
  const [alone, shared] = results.groups;
  if (results.interrupted || alone === undefined || shared === undefined) return [];
  const { processes } = results;
  return [
    `Into the outage the fleet sent ${requests(shared)} requests, ${processes} processes alone ${requests(alone)}.`,
    `Its last process rejected calls ${known(shared)}, the last one alone ${known(alone)}.`,
    `The recovery was found out with ${count(shared.fleet.testsInRecovery)} test calls of the fleet, and ${count(alone.fleet.testsInRecovery)} of those alone.`,
  ];
}

/** What makes the fleet's figures doubtful. */
export function fleetWarnings({ groups, store }: FleetResults): string[] {
  const losses = groups.reduce((sum, { fleet }) => sum + fleet.storeLosses, 0);
  if (losses === 0) return [];
  return [
    `${storeNames[store]} was away: processes lost it ${count(losses)} ×, and went on alone meanwhile.`,
  ];
}

function requests({ figures }: FleetGroupResults): string {
  return count(figures.script?.requestsInOutage ?? 0);
}

function known({ fleet }: FleetGroupResults): string {
  const after = fleet.allRejectAfter;
  return after === null ? 'never' : `after ${time(after)}`;
}
