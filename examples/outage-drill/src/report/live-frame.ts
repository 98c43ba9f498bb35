import { bar, time } from '@highway-examples/drill-kit';
import colors from 'picocolors';
import type { Phase } from '../service/script.ts';
import { chartOf, chartRow, perSecond, titleRow } from './chart-rows.ts';
import type { Chart, Progress } from './chart-rows.ts';
import { timeBar } from './chart.ts';
import type { GroupTally, SecondFigures } from './group-tally.ts';

/** The data of the live view at one moment. */
export interface Moment extends Progress {
  readonly tallies: readonly GroupTally[];
  /** Calls per second of each group. */
  readonly rate: number;
  /** The phases of a scripted service; empty otherwise. */
  readonly phases: readonly Phase[];
  /** The terminal's width. */
  readonly width: number;
}

/** Draws the live view: for each group, a row for each figure with a column for each second. */
export function renderFrame(moment: Moment): string[] {
  const { tallies, phases, width, rate } = moment;
  const chart = chartOf(moment, width);
  return [
    titleRow(moment, phases, chart),
    ...tallies.flatMap((tally) => ['', ...renderGroup(tally, chart, rate)]),
  ];
}

function renderGroup(tally: GroupTally, chart: Chart, rate: number): string[] {
  const series = Array.from({ length: chart.done }, (_, second) => tally.second(second));
  const last = series.at(-1);
  const row = (label: string, value: string, draw: (second: SecondFigures) => string): string =>
    chartRow({ label, value, draw }, series, chart);
  return [
    `${colors.bold(tally.title)}  ${colors.dim(tally.summary)}`,
    row('succeeded', perSecond(last?.succeeded), (at) => colors.green(bar(at.succeeded, rate))),
    row('failed', perSecond(last?.failed), (at) => colors.red(bar(at.failed, rate))),
    row('p50 · p99', `${time(last?.p50)} · ${time(last?.p99)}`, (at) =>
      colors.yellow(timeBar(at.p99)),
    ),
    row('requests', perSecond(last?.requests), (at) => colors.cyan(bar(at.requests, 4 * rate))),
    ...(tally.hasCircuit ? [row('circuit', circuitNow(tally), (at) => stateCell(at.states))] : []),
  ];
}

const stateNames: Readonly<Record<string, string>> = {
  OPEN: 'open',
  HALF_OPEN: 'half-open',
  CLOSED: 'closed',
};

function circuitNow({ circuit }: GroupTally): string {
  const last = circuit.at(-1);
  if (last === undefined) return 'closed';
  return `${stateNames[last.to] ?? last.to} since ${time(last.at)}`;
}

/** The worst state of a second. */
function stateCell(states: readonly string[]): string {
  if (states.includes('OPEN')) return colors.red('█');
  return states.includes('HALF_OPEN') ? colors.yellow('▄') : colors.green('▁');
}
