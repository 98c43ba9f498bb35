import { count } from '@highway-examples/drill-kit';
import colors from 'picocolors';
import type { Phase, PhaseName } from '../service/script.ts';
import { columnSeconds } from './chart.ts';

/** The seconds that the columns of a chart show, and how many have ended. */
export interface Chart {
  readonly columns: readonly number[];
  readonly done: number;
}

/** How long the drill takes, and how much of it has passed. */
export interface Progress {
  /** Milliseconds since the drill started. */
  readonly elapsed: number;
  readonly seconds: number;
}

/** One row of a chart: a label, the value of the last second, and a cell for each column. */
export interface ChartRow<Second> {
  readonly label: string;
  readonly value: string;
  readonly draw: (second: Second) => string;
}

const labelWidth = 15;
const valueWidth = 22;
const margin: number = labelWidth + valueWidth;

/** The terminal width that a live view needs. */
export const frameWidth: number = margin + 28;

/** The layout of a chart for a terminal of that width. */
export function chartOf({ elapsed, seconds }: Progress, width: number): Chart {
  const length = Math.ceil(seconds);
  return {
    columns: columnSeconds(length, width - margin - 1),
    done: Math.min(length, Math.floor(elapsed / 1000)),
  };
}

/** The line above all charts: the progress of the drill, and the phases of the service. */
export function titleRow(progress: Progress, phases: readonly Phase[], chart: Chart): string {
  const { elapsed, seconds } = progress;
  const clock = `${(Math.min(elapsed, seconds * 1000) / 1000).toFixed(1)} s of ${seconds} s`;
  return (
    colors.bold('Outage drill'.padEnd(labelWidth)) +
    clock.padEnd(valueWidth) +
    timeline(phases, chart, seconds)
  );
}

/** Draws a row; `series` holds the seconds that have ended. */
export function chartRow<Second>(
  { label, value, draw }: ChartRow<Second>,
  series: readonly Second[],
  { columns }: Chart,
): string {
  const cells = columns.map((second) => {
    const figures = series[second];
    return figures === undefined ? ' ' : draw(figures);
  });
  return `  ${label}`.padEnd(labelWidth) + value.padEnd(valueWidth) + cells.join('');
}

/** A count per second. */
export function perSecond(value: number | undefined): string {
  return value === undefined ? '–' : `${count(value)} /s`;
}

const phasePaint: Readonly<Record<PhaseName, (text: string) => string>> = {
  healthy: (text) => colors.bgGreen(colors.black(text)),
  slow: (text) => colors.bgYellow(colors.black(text)),
  outage: (text) => colors.bgRed(colors.white(text)),
  recovery: (text) => colors.bgCyan(colors.black(text)),
};

function timeline(phases: readonly Phase[], { columns }: Chart, seconds: number): string {
  const column = (at: number): number => Math.round((at / (seconds * 1000)) * columns.length);
  let painted = '';
  let isSeparated = true;
  for (const { name, from, to } of phases) {
    const label = phaseLabel(name, column(to) - column(from), isSeparated);
    isSeparated = label === '' ? isSeparated : /[ …]$/.test(label);
    painted += phasePaint[name](label);
  }
  return painted;
}

/**
 * The name of a phase, as wide as its columns. Without colours, only a space or an ellipsis separates it
 * from the phase before.
 */
function phaseLabel(name: string, width: number, isSeparated: boolean): string {
  if (width === 0) return '';
  const indent = isSeparated && name.length + 2 > width ? '' : ' ';
  const text = indent + name;
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
