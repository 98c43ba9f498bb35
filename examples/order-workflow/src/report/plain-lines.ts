import { plainLines } from '@highway-examples/drill-kit';
import type { Display, PlainColumn } from '@highway-examples/drill-kit';
import type { Timeline } from '../timeline.ts';
import type { SecondFigures, SideTally } from './side-tally.ts';
import { callsOf, circuitName, shownStatuses, statusCounts } from './shown-statuses.ts';
import type { ShownStatus } from './shown-statuses.ts';

const headings: Readonly<Record<ShownStatus, string>> = {
  waiting: 'wait',
  running: 'run',
  parked: 'park',
  done: 'done',
  compensated: 'comp',
  failed: 'fail',
};

const columns: readonly PlainColumn<SecondFigures>[] = [
  ...shownStatuses.map((status) => ({
    heading: headings[status],
    width: 5,
    cell: (figures: SecondFigures) => statusCounts(figures)[status],
  })),
  { heading: 'calls', width: 7, cell: callsOf },
  { heading: 'circuit', width: 10, cell: circuitCell, text: true },
];

/** The lines of both sides, second by second. */
export function sideLines(
  tallies: readonly SideTally[],
  timeline: Timeline,
): Pick<Display, 'heading' | 'line'> {
  const sides = tallies.map((tally) => ({ tally, columns }));
  return plainLines(sides, (second) => timeline.phaseAt(second * 1000));
}

function circuitCell({ states, workerUp }: SecondFigures): string {
  if (!workerUp) return 'killed';
  const last = states.at(-1);
  return last === undefined ? '' : circuitName(last);
}
