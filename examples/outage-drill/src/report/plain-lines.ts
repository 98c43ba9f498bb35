import { time } from '@highway-examples/drill-kit';
import { phaseAt } from '../service/script.ts';
import type { Phase } from '../service/script.ts';
import type { GroupTally, SecondFigures } from './group-tally.ts';

/** The figures of a second, and the width of each. */
const columns: readonly (readonly [
  heading: string,
  width: number,
  cell: (figures: SecondFigures) => string,
])[] = [
  ['ok', 4, ({ succeeded }) => String(succeeded)],
  ['err', 5, ({ failed }) => String(failed)],
  ['p50', 8, ({ p50 }) => time(p50)],
  ['p99', 8, ({ p99 }) => time(p99)],
  ['sent', 6, ({ requests }) => String(requests)],
];

const timeWidth = 6;
const phaseWidth = 9;
const circuitWidth = 16;
const shownStates = 3;

/** The two lines above the lines of the seconds. */
export function plainHeading(tallies: readonly GroupTally[], phases: readonly Phase[]): string[] {
  const left = ' '.repeat(timeWidth + (phases.length > 0 ? phaseWidth + 1 : 0));
  const titles = tallies.map((tally) => tally.title.padEnd(groupWidth(tally)));
  const headings = tallies.map((tally) => {
    const cells = columns.map(([heading, width]) => heading.padStart(width)).join('');
    return tally.hasCircuit ? `${cells}  ${'circuit'.padEnd(circuitWidth)}` : cells;
  });
  return [`${left} │ ${titles.join(' │ ')}`, `${left} │ ${headings.join(' │ ')}`].map(trimmed);
}

/** One second of every group in one line. */
export function plainLine(
  tallies: readonly GroupTally[],
  second: number,
  phases: readonly Phase[],
): string {
  const at = `${second + 1} s`.padStart(timeWidth);
  const phase =
    phases.length > 0 ? ` ${phaseAt(phases, second * 1000).name.padEnd(phaseWidth)}` : '';
  const groups = tallies.map((tally) => {
    const figures = tally.second(second);
    const cells = columns.map(([, width, cell]) => cell(figures).padStart(width)).join('');
    return tally.hasCircuit ? `${cells}  ${circuitCell(figures).padEnd(circuitWidth)}` : cells;
  });
  return trimmed(`${at}${phase} │ ${groups.join(' │ ')}`);
}

const shortStates: Readonly<Record<string, string>> = {
  OPEN: 'open',
  HALF_OPEN: 'half',
  CLOSED: 'closed',
};

/** The states of a second in their order; of many the last ones. */
function circuitCell({ states }: SecondFigures): string {
  return states
    .slice(-shownStates)
    .map((state) => shortStates[state] ?? state)
    .join('>');
}

function groupWidth({ hasCircuit }: GroupTally): number {
  const figures = columns.reduce((sum, [, width]) => sum + width, 0);
  return hasCircuit ? figures + 2 + circuitWidth : figures;
}

function trimmed(line: string): string {
  return line.trimEnd();
}
