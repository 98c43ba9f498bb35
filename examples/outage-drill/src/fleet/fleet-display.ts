import { bar } from '@highway-examples/drill-kit';
import type { Display } from '@highway-examples/drill-kit';
import colors from 'picocolors';
import { chartOf, chartRow, frameWidth, perSecond, titleRow } from '../report/chart-rows.ts';
import type { Chart } from '../report/chart-rows.ts';
import { phaseAt, phasesOf } from '../service/script.ts';
import type { FleetSecond, FleetTally } from './fleet-tally.ts';

/** What the display shows beside the tallies. */
interface Scale {
  readonly seconds: number;
  /** Calls a second of each fleet. */
  readonly rate: number;
}

/** Shows both fleets second by second: their circuits, and what they send to the service. */
export function fleetDisplay(tallies: readonly FleetTally[], { seconds, rate }: Scale): Display {
  const phases = phasesOf(seconds);
  return {
    seconds,
    frameWidth,
    frame: (elapsed, width) => {
      const chart = chartOf({ elapsed, seconds }, width);
      return [
        titleRow({ elapsed, seconds }, phases, chart),
        ...tallies.flatMap((tally) => ['', ...renderFleet(tally, chart, rate)]),
      ];
    },
    heading: () => heading(tallies),
    line: (second) => {
      const at = `${second + 1} s`.padStart(timeWidth);
      const phase = phaseAt(phases, second * 1000).name.padEnd(phaseWidth);
      return `${at} ${phase} │ ${tallies.map((tally) => cells(tally.second(second))).join(' │ ')}`;
    },
  };
}

function renderFleet(tally: FleetTally, chart: Chart, rate: number): string[] {
  const series = Array.from({ length: chart.done }, (_, second) => tally.second(second));
  const last = series.at(-1);
  const row = (label: string, value: string, draw: (second: FleetSecond) => string): string =>
    chartRow({ label, value, draw }, series, chart);
  const processes = tally.nodes.length;
  const nodes = (value: number | undefined): string =>
    value === undefined ? '–' : `${value} of ${processes}`;
  return [
    `${colors.bold(tally.title)}  ${colors.dim(tally.summary)}`,
    row('open', nodes(last?.open), (at) => colors.red(bar(at.open, processes))),
    row('half-open', nodes(last?.halfOpen), (at) => colors.yellow(bar(at.halfOpen, processes))),
    row('closed', nodes(last?.closed), (at) => colors.green(bar(at.closed, processes))),
    row('requests', perSecond(last?.requests), (at) => colors.cyan(bar(at.requests, 2 * rate))),
    row('succeeded', perSecond(last?.succeeded), (at) => colors.green(bar(at.succeeded, rate))),
    row('failed', perSecond(last?.failed), (at) => colors.red(bar(at.failed, rate))),
  ];
}

/** The figures of a second, and the width of each. */
const columns: readonly (readonly [
  heading: string,
  width: number,
  cell: (figures: FleetSecond) => number,
])[] = [
  ['open', 4, ({ open }) => open],
  ['half', 6, ({ halfOpen }) => halfOpen],
  ['closed', 8, ({ closed }) => closed],
  ['sent', 6, ({ requests }) => requests],
  ['ok', 6, ({ succeeded }) => succeeded],
  ['err', 6, ({ failed }) => failed],
];

const timeWidth = 6;
const phaseWidth = 9;

function heading(tallies: readonly FleetTally[]): string[] {
  const left = ' '.repeat(timeWidth + 1 + phaseWidth);
  const width = columns.reduce((sum, [, each]) => sum + each, 0);
  const titles = tallies.map(({ title }) => title.padEnd(width));
  const names = columns.map(([name, each]) => name.padStart(each)).join('');
  return [
    `${left} │ ${titles.join(' │ ')}`.trimEnd(),
    `${left} │ ${tallies.map(() => names).join(' │ ')}`,
  ];
}

function cells(figures: FleetSecond): string {
  return columns.map(([, width, cell]) => String(cell(figures)).padStart(width)).join('');
}
