import { bar, plainLines } from '@highway-examples/drill-kit';
import type { Display, PlainColumn } from '@highway-examples/drill-kit';
import colors from 'picocolors';
import { chartOf, chartRow, frameWidth, perSecond, titleRow } from '../report/chart-rows.ts';
import type { Chart } from '../report/chart-rows.ts';
import { phaseAt, phasesOf } from '../service/script.ts';
import type { FleetSecond, FleetTally } from './fleet-tally.ts';

/** The scale of the charts. */
interface Scale {
  readonly seconds: number;
  /** Calls per second of each fleet. */
  readonly rate: number;
}

/** Shows both fleets second by second: their circuits, and the requests they send. */
export function fleetDisplay(tallies: readonly FleetTally[], { seconds, rate }: Scale): Display {
  const phases = phasesOf(seconds);
  const sides = tallies.map((tally) => ({ tally, columns }));
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
    ...plainLines(sides, (second) => phaseAt(phases, second * 1000).name),
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

const columns: readonly PlainColumn<FleetSecond>[] = [
  { heading: 'open', width: 4, cell: ({ open }) => open },
  { heading: 'half', width: 6, cell: ({ halfOpen }) => halfOpen },
  { heading: 'closed', width: 8, cell: ({ closed }) => closed },
  { heading: 'sent', width: 6, cell: ({ requests }) => requests },
  { heading: 'ok', width: 6, cell: ({ succeeded }) => succeeded },
  { heading: 'err', width: 6, cell: ({ failed }) => failed },
];
