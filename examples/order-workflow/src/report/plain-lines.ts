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

const cellWidth = 5;
const callsWidth = 7;
const circuitWidth = 10;
const leftWidth = 17;

/** The two lines above the lines of the seconds. */
export function plainHeading(tallies: readonly SideTally[]): string[] {
  const cells = standings.map((standing) => headings[standing].padStart(cellWidth)).join('');
  const columns = `${cells}${'calls'.padStart(callsWidth)}  ${'circuit'.padEnd(circuitWidth)}`;
  return [tallies.map(({ title }) => title.padEnd(columns.length)), tallies.map(() => columns)].map(
    (parts) => `${' '.repeat(leftWidth)} │ ${parts.join(' │ ')}`.trimEnd(),
  );
}

/** One second of both sides in one line. */
export function plainLine(tallies: readonly SideTally[], second: number, course: Course): string {
  const at = `${second + 1} s`.padStart(6);
  const phase = course.phaseAt(second * 1000).padEnd(leftWidth - 7);
  const sides = tallies.map((tally) => sideCells(tally.second(second)));
  return `${at} ${phase} │ ${sides.join(' │ ')}`.trimEnd();
}

function sideCells(figures: SecondFigures): string {
  const counts = standingsOf(figures);
  const cells = standings.map((standing) => String(counts[standing]).padStart(cellWidth)).join('');
  const last = figures.states.at(-1);
  const circuit = last === undefined ? '' : circuitName(last);
  const worker = figures.workerUp ? circuit : 'killed';
  return `${cells}${String(callsOf(figures)).padStart(callsWidth)}  ${worker.padEnd(circuitWidth)}`;
}
