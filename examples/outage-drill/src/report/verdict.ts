import type { GroupFigures } from './figures.ts';
import { count, time } from './format.ts';
import type { DrillResults } from './results.ts';

/** What the table says, in three sentences; nothing where the drill was too short to tell. */
export function verdict(results: DrillResults): string[] {
  if (results.interrupted || results.url !== null) return [];
  const bare = results.groups[0]?.figures;
  const failsafe = results.groups.at(-1)?.figures;
  if (bare?.script === undefined || failsafe?.script === undefined) return [];
  return [
    `While the service was down, the Failsafe sent it ${count(failsafe.script.requestsInOutage)} requests; bare retries sent ${count(bare.script.requestsInOutage)}.`,
    `A failure cost its caller ${meanWait(failsafe)} on average; with bare retries ${meanWait(bare)}.`,
    `Once it was back, the Failsafe's callers ${recovery(failsafe)}; bare ones ${recovery(bare)}.`,
  ];
}

function meanWait({ failed, waitForFailure }: GroupFigures): string {
  return time(failed === 0 ? undefined : waitForFailure.total / failed);
}

function recovery({ script }: GroupFigures): string {
  const after = script?.recoveredAfter ?? undefined;
  return after === undefined ? 'kept it down' : `succeeded after ${time(after)}`;
}
