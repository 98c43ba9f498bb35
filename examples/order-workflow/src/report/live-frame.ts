import { bar, count } from '@highway-examples/drill-kit';
import colors from 'picocolors';
import type { Timeline, Phase } from '../timeline.ts';
import type { SecondFigures, SideTally } from './side-tally.ts';
import { callsOf, circuitName, parkedOn, shownStatuses, statusCounts } from './shown-statuses.ts';
import type { ShownStatus } from './shown-statuses.ts';

/** What the live view shows at one moment. */
export interface Moment {
  readonly tallies: readonly SideTally[];
  readonly orders: number;
  readonly timeline: Timeline;
  /** Milliseconds since the drill began. */
  readonly elapsed: number;
  /** The terminal's width. */
  readonly width: number;
}

type Paint = (text: string) => string;

const labelWidth = 14;
const valueWidth = 24;

const phasePaint: Readonly<Record<Phase, Paint>> = {
  healthy: (text) => colors.bgGreen(colors.black(text)),
  outage: (text) => colors.bgRed(colors.white(text)),
  recovery: (text) => colors.bgCyan(colors.black(text)),
};

const statusPaint: Readonly<Record<ShownStatus, Paint>> = {
  waiting: colors.dim,
  running: colors.cyan,
  parked: colors.yellow,
  done: colors.green,
  compensated: colors.magenta,
  failed: colors.red,
};

/** Draws the live view: for each side its run counts by status, and a column for each second. */
export function renderFrame(moment: Moment): string[] {
  const { tallies, timeline, elapsed, width } = moment;
  const columns = columnsOf(elapsed, width - labelWidth - valueWidth - 1);
  const phases = columns.map((second) => {
    const paint = phasePaint[timeline.phaseAt(second * 1000)];
    return paint(' ');
  });
  const phase = `bank: ${timeline.phaseAt(elapsed)}`;
  return [
    row('Order drill', `${(elapsed / 1000).toFixed(1)} s, ${phase}`, phases, colors.bold),
    ...tallies.flatMap((tally) => ['', ...renderSide(tally, columns, moment)]),
  ];
}

function renderSide(tally: SideTally, columns: readonly number[], moment: Moment): string[] {
  const series = columns.map((second) => tally.second(second));
  const now = tally.second(Math.floor(moment.elapsed / 1000));
  const most = Math.max(50, ...series.map(callsOf));
  const draw = (paint: (figures: SecondFigures) => string): string[] => series.map(paint);
  return [
    `${colors.bold(tally.title)}  ${colors.dim(tally.summary)}`,
    `  ${ordersBar(now, moment)}`,
    `  ${legend(now)}`,
    row('  worker', workerNow(tally, now), draw(workerCell)),
    row(
      '  bank calls',
      `${count(callsOf(now))} /s, ${count(tally.calls.length)} in all`,
      draw((figures) => callsPaint(figures)(bar(callsOf(figures), most))),
    ),
    ...(tally.kind === 'highway' ? [row('  circuit', circuitNow(now), draw(circuitCell))] : []),
  ];
}

function row(label: string, value: string, cells: readonly string[], paint?: Paint): string {
  const shown = label.padEnd(labelWidth);
  return (paint?.(shown) ?? shown) + value.padEnd(valueWidth) + cells.join('');
}

/** The last seconds that fit. */
function columnsOf(elapsed: number, width: number): number[] {
  const seconds = Math.floor(elapsed / 1000) + 1;
  const shown = Math.min(seconds, width);
  return Array.from({ length: shown }, (_, i) => seconds - shown + i);
}

/** All orders as one bar, by status. */
function ordersBar(now: SecondFigures, { orders, width }: Moment): string {
  const counts = statusCounts(now);
  const room = width - 4;
  const parts = [...shownStatuses]
    .reverse()
    .map((status) => statusPaint[status]('█'.repeat(Math.round((room * counts[status]) / orders))));
  return parts.join('');
}

function legend(now: SecondFigures): string {
  const counts = statusCounts(now);
  const circuits = parkedOn(now);
  return [...shownStatuses]
    .reverse()
    .filter((status) => counts[status] > 0)
    .map((status) => {
      const where = status === 'parked' && circuits !== '' ? ` on ${circuits}` : '';
      return statusPaint[status](`${status}${where} ${counts[status]}`);
    })
    .join('  ');
}

function workerNow({ kills }: SideTally, { workerUp }: SecondFigures): string {
  const times = kills === 0 ? '' : `, killed ${kills} ×`;
  return (workerUp ? 'up' : 'starting again') + times;
}

function workerCell({ workerUp }: SecondFigures): string {
  return workerUp ? colors.green('▁') : colors.red('█');
}

/** Red where calls were lost on a service that was down, yellow where there were too many. */
function callsPaint({ calls }: SecondFigures): Paint {
  if (calls.down > 0) return colors.red;
  return calls.overloaded > 0 ? colors.yellow : colors.green;
}

function circuitNow({ states }: SecondFigures): string {
  const last = states.at(-1);
  return last === undefined ? 'not known' : circuitName(last);
}

/** The worst state of a second. */
function circuitCell({ states }: SecondFigures): string {
  if (states.includes('OPEN')) return colors.red('█');
  if (states.includes('HALF_OPEN')) return colors.yellow('▄');
  return states.length === 0 ? ' ' : colors.green('▁');
}
