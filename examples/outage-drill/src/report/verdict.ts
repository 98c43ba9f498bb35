import { count, time } from '@highway-examples/drill-kit';
import type { GroupFigures } from './figures.ts';
import type { DrillResults } from './results.ts';

/** The result in three sentences; none if the drill ended early. */
export function verdict(results: DrillResults): string[] {
  if (results.interrupted || results.url !== null) return [];
  const bare = results.groups[0]?.figures;
  const own = results.groups.at(-1)?.figures;
  if (bare?.script === undefined || own?.script === undefined) return [];
  return [
    `During the outage, callers with createFetch sent ${count(own.script.requestsInOutage)} requests; bare retries sent ${count(bare.script.requestsInOutage)}.`,
    `A failed call took ${meanWait(own)} on average; with bare retries, ${meanWait(bare)}.`,
    `Afterwards, they ${recovery(own)}; bare retries ${recovery(bare)}.`,
  ];
}

/** With fewer of the planned calls, the figures say more about the machine. */
const enoughCalls = 0.95;

/** Why the figures may be unreliable. */
export function warningsOn({ groups, rate, endedAt }: DrillResults): string[] {
  const due = Math.floor((rate * endedAt) / 1000);
  const fewest = Math.min(...groups.map(({ figures }) => figures.calls));
  if (fewest >= enoughCalls * due) return [];
  return [
    `The machine was too busy: only ${count(fewest)} of ${count(due)} calls started in time. Try a lower --rate.`,
  ];
}

function meanWait({ failed, waitForFailure }: GroupFigures): string {
  return time(failed === 0 ? undefined : waitForFailure.total / failed);
}

function recovery({ script }: GroupFigures): string {
  const after = script?.recoveredAfter ?? undefined;
  return after === undefined ? 'never recovered' : `recovered in ${time(after)}`;
}
