import type { Answer, Measurement } from '../subject.ts';
import { judge } from './verdict.ts';

const timedHeader = [
  'subject',
  'library',
  'ns',
  'p10–p90',
  '× bare',
  '(by min)',
  '× cockatiel',
  '(by min)',
  'bytes',
  'target',
];

/** An answer as the cells of a table, its header first. */
export function toCells({ timed, measurements }: Answer): string[][] {
  if (timed) return [timedHeader, ...measurements.map(timedCells)];
  const counted = [...new Set(measurements.flatMap(({ figures }) => Object.keys(figures)))];
  const header = ['subject', 'library', ...counted, 'target'];
  return [header, ...measurements.map((each) => countedCells(each, counted))];
}

function timedCells(measurement: Measurement): string[] {
  const { name, library, figures } = measurement;
  const { ns = Number.NaN, p10 = Number.NaN, p90 = Number.NaN, bytes = Number.NaN } = figures;
  const spread = `${p10.toFixed(0)}–${p90.toFixed(0)}`;
  const ratios = ['toBare', 'minToBare', 'toCockatiel', 'minToCockatiel'];
  const shown = ratios.map((figure) => formatRatio(figures[figure]));
  return [name, library, ns.toFixed(0), spread, ...shown, bytes.toFixed(0), judge(measurement)];
}

function countedCells(measurement: Measurement, counted: readonly string[]): string[] {
  const { name, library, figures } = measurement;
  const shown = counted.map((figure) =>
    figure.includes(' to ') ? formatRatio(figures[figure]) : formatCount(figures[figure]),
  );
  return [name, library, ...shown, judge(measurement)];
}

function formatRatio(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2);
}

function formatCount(value: number | undefined): string {
  return value === undefined ? '' : Math.round(value).toLocaleString('en');
}
