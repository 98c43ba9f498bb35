import { count, time } from '@highway-examples/drill-kit';
import { storeNames } from './fleet-plan.ts';
import type { FleetGroupResults, FleetResults } from './fleet-results.ts';

/** The result in three sentences; none if the drill ended early. */
export function fleetVerdict(results: FleetResults): string[] {
  const [alone, shared] = results.groups;
  if (results.interrupted || alone === undefined || shared === undefined) return [];
  const { processes } = results;
  return [
    `During the outage, the fleet sent ${requests(shared)} requests; ${processes} processes alone sent ${requests(alone)}.`,
    `Its last process rejected calls ${known(shared)}; the last one alone, ${known(alone)}.`,
    `After the outage, the fleet made ${count(shared.fleet.trialCallsInRecovery)} trial calls; ${processes} processes alone made ${count(alone.fleet.trialCallsInRecovery)}.`,
  ];
}

/** Why the fleet's figures may be unreliable. */
export function fleetWarnings({ groups, store }: FleetResults): string[] {
  const losses = groups.reduce((sum, { fleet }) => sum + fleet.storeLosses, 0);
  if (losses === 0) return [];
  return [
    `${storeNames[store]} was unreachable: processes lost it ${count(losses)} × and used their own breakers meanwhile.`,
  ];
}

function requests({ figures }: FleetGroupResults): string {
  return count(figures.script?.requestsInOutage ?? 0);
}

function known({ fleet }: FleetGroupResults): string {
  const after = fleet.allRejectAfter;
  return after === null ? 'only after the outage, if at all' : `after ${time(after)}`;
}
