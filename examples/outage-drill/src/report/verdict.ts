import { count, time } from '@highway-examples/drill-kit';
import type { GroupFigures } from './figures.ts';
import type { DrillResults } from './results.ts';

/** What the table says, in three sentences; nothing where the drill was too short to tell. */
export function verdict(results: DrillResults): string[] {
  if (results.interrupted || results.url !== null) return [];
  const bare = results.groups[0]?.figures;
  const failsafe = results.groups.at(-1)?.figures;
  if (bare?.script === undefined || failsafe?.script === undefined) return [];
  return [
    `Into the outage the Failsafe sent ${count(failsafe.script.requestsInOutage)} requests, bare retries ${count(bare.script.requestsInOutage)}.`,
    `A failure cost its caller ${meanWait(failsafe)} on average; with bare retries ${meanWait(bare)}.`,
    `Once it was back, the Failsafe ${recovery(failsafe)}; bare retries ${recovery(bare)}.`,
  ];
}

/** Below this share of the calls that were due, figures say more about the machine. */
const enoughCalls = 0.95;

/** What makes the figures doubtful. */
export function warningsOn({ groups, rate, endedAt }: DrillResults): string[] {
  const due = Math.floor((rate * endedAt) / 1000);
  const fewest = Math.min(...groups.map(({ figures }) => figures.calls));
  if (fewest >= enoughCalls * due) return [];
  return [
    `The machine was too busy: ${count(fewest)} of ${count(due)} calls began in time; try a lower --rate.`,
  ];
}

function meanWait({ failed, waitForFailure }: GroupFigures): string {
  return time(failed === 0 ? undefined : waitForFailure.total / failed);
}

function recovery({ script }: GroupFigures): string {
  const after = script?.recoveredAfter ?? undefined;
  return after === undefined ? 'never succeeded' : `succeeded in ${time(after)}`;
}
