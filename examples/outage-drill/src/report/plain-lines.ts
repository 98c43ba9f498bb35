import { plainLines, time } from '@highway-examples/drill-kit';
import type { Display, PlainColumn } from '@highway-examples/drill-kit';
import { phaseAt } from '../service/script.ts';
import type { Phase } from '../service/script.ts';
import type { GroupTally, SecondFigures } from './group-tally.ts';

const columns: readonly PlainColumn<SecondFigures>[] = [
  { heading: 'ok', width: 4, cell: ({ succeeded }) => succeeded },
  { heading: 'err', width: 5, cell: ({ failed }) => failed },
  { heading: 'p50', width: 8, cell: ({ p50 }) => time(p50) },
  { heading: 'p99', width: 8, cell: ({ p99 }) => time(p99) },
  { heading: 'sent', width: 6, cell: ({ requests }) => requests },
];
const circuit: PlainColumn<SecondFigures> = {
  heading: 'circuit',
  width: 16,
  cell: circuitCell,
  text: true,
};
const shownStates = 3;

/** The lines of all groups, second by second. */
export function groupLines(
  tallies: readonly GroupTally[],
  phases: readonly Phase[],
): Pick<Display, 'heading' | 'line'> {
  const sides = tallies.map((tally) => ({
    tally,
    columns: tally.hasCircuit ? [...columns, circuit] : columns,
  }));
  return phases.length === 0
    ? plainLines(sides)
    : plainLines(sides, (second) => phaseAt(phases, second * 1000).name);
}

const shortStates: Readonly<Record<string, string>> = {
  OPEN: 'open',
  HALF_OPEN: 'half',
  CLOSED: 'closed',
};

/** The states of a second in order; if there are many, the last ones. */
function circuitCell({ states }: SecondFigures): string {
  return states
    .slice(-shownStates)
    .map((state) => shortStates[state] ?? state)
    .join('>');
}
