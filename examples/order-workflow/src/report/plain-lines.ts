import { plainLines } from '@highway-examples/drill-kit';
import type { Display, PlainColumn } from '@highway-examples/drill-kit';
import type { Course } from '../course.ts';
import type { SecondFigures, SideTally } from './side-tally.ts';
import { callsOf, circuitName, standings, standingsOf } from './standings.ts';
import type { Standing } from './standings.ts';

const headings: Readonly<Record<Standing, string>> = {
  waiting: 'wait',
  running: 'run',
  parked: 'park',
  done: 'done',
  compensated: 'undo',
  failed: 'fail',
};

const columns: readonly PlainColumn<SecondFigures>[] = [
  ...standings.map((standing) => ({
    heading: headings[standing],
    width: 5,
    cell: (figures: SecondFigures) => standingsOf(figures)[standing],
  })),
  { heading: 'calls', width: 7, cell: callsOf },
  { heading: 'circuit', width: 10, cell: circuitCell, text: true },
];

/** The lines of both sides, second by second. */
export function sideLines(
  tallies: readonly SideTally[],
  course: Course,
): Pick<Display, 'heading' | 'line'> {
  const sides = tallies.map((tally) => ({ tally, columns }));
  return plainLines(sides, (second) => course.phaseAt(second * 1000));
}

function circuitCell({ states, workerUp }: SecondFigures): string {
  if (!workerUp) return 'killed';
  const last = states.at(-1);
  return last === undefined ? '' : circuitName(last);
}
