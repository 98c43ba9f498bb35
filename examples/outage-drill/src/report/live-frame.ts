import colors from 'picocolors';
import type { Phase, PhaseName } from '../service/script.ts';
import { bar, columnSeconds, timeBar } from './chart.ts';
import { count, time } from './format.ts';
import type { GroupTally, SecondFigures } from './group-tally.ts';

/** What the live view shows at one moment. */
export interface Moment {
  readonly tallies: readonly GroupTally[];
  /** Milliseconds since the drill began. */
  readonly elapsed: number;
  readonly seconds: number;
  /** Calls a second of each group. */
  readonly rate: number;
  /** The service's life, where it has a script. */
  readonly phases: readonly Phase[];
  /** The terminal's width. */
  readonly width: number;
}

type Paint = (text: string) => string;

const labelWidth = 15;
const valueWidth = 22;
const margin = labelWidth + valueWidth;

/** The lines that the live view needs. */
export function frameHeight(tallies: readonly GroupTally[]): number {
  return renderFrame({ tallies, elapsed: 0, seconds: 1, rate: 1, phases: [], width: 80 }).length;
}

/** The columns that the live view needs. */
export const frameWidth: number = margin + 28;

/** Draws the live view: for each group a row for each figure, with a column for each second. */
export function renderFrame(moment: Moment): string[] {
  const { elapsed, seconds, tallies, phases, width } = moment;
  const columns = columnSeconds(Math.ceil(seconds), width - margin - 1);
  const done = Math.min(Math.ceil(seconds), Math.floor(elapsed / 1000));
  const chart = { columns, done };
  const clock = `${(Math.min(elapsed, seconds * 1000) / 1000).toFixed(1)} s of ${seconds} s`;
  return [
    colors.bold('Outage drill'.padEnd(labelWidth)) +
      clock.padEnd(valueWidth) +
      timeline(phases, chart, seconds),
    ...tallies.flatMap((tally) => ['', ...renderGroup(tally, chart, moment.rate)]),
  ];
}

/** The seconds that the columns show, and how many are over. */
interface Chart {
  readonly columns: readonly number[];
  readonly done: number;
}

const phasePaint: Readonly<Record<PhaseName, Paint>> = {
  healthy: (text) => colors.bgGreen(colors.black(text)),
  slow: (text) => colors.bgYellow(colors.black(text)),
  outage: (text) => colors.bgRed(colors.white(text)),
  recovery: (text) => colors.bgCyan(colors.black(text)),
};

function timeline(phases: readonly Phase[], { columns }: Chart, seconds: number): string {
  const column = (at: number): number => Math.round((at / (seconds * 1000)) * columns.length);
  return phases
    .map(({ name, from, to }) => {
      const width = column(to) - column(from);
      const text = name.length < width ? ` ${name}` : name;
      return phasePaint[name](text.slice(0, width).padEnd(width));
    })
    .join('');
}

function renderGroup(tally: GroupTally, chart: Chart, rate: number): string[] {
  const series = Array.from({ length: chart.done }, (_, second) => tally.second(second));
  const last = series.at(-1);
  const row = (label: string, value: string, draw: (second: SecondFigures) => string): string => {
    const cells = chart.columns.map((second) => {
      const figures = series[second];
      return figures === undefined ? ' ' : draw(figures);
    });
    return `  ${label}`.padEnd(labelWidth) + value.padEnd(valueWidth) + cells.join('');
  };
  const perSecond = (value: number | undefined): string =>
    value === undefined ? '–' : `${count(value)} /s`;
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
