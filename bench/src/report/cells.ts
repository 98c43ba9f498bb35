import type { Answer, Measurement } from '../subject.ts';
import { judge } from './verdict.ts';

/** An answer as the cells of a table, its header first. */
export function toCells({ timed, peer, measurements }: Answer): string[][] {
  if (timed) {
    const ratios = ['× bare', '(by min)', `× ${peer}`, '(by min)'];
    const header = ['subject', 'library', 'ns', 'p10–p90', ...ratios, 'bytes', 'target'];
    return [header, ...measurements.map((each) => timedCells(each, peer))];
  }
  const counted = [...new Set(measurements.flatMap(({ figures }) => Object.keys(figures)))];
  const header = ['subject', 'library', ...counted, 'target'];
  return [header, ...measurements.map((each) => countedCells(each, counted, peer))];
}

function timedCells(measurement: Measurement, peer: string): string[] {
  const { name, library, figures } = measurement;
  const { ns = Number.NaN, p10 = Number.NaN, p90 = Number.NaN, bytes = Number.NaN } = figures;
  const spread = `${p10.toFixed(0)}–${p90.toFixed(0)}`;
  const ratios = ['toBare', 'minToBare', 'toPeer', 'minToPeer'];
  const shown = ratios.map((figure) => formatRatio(figures[figure]));
  const verdict = judge(measurement, peer);
  return [name, library, ns.toFixed(0), spread, ...shown, bytes.toFixed(0), verdict];
}

function countedCells(
  measurement: Measurement,
  counted: readonly string[],
  peer: string,
): string[] {
  const { name, library, figures } = measurement;
  const shown = counted.map((figure) =>
    figure.includes(' × ') ? formatRatio(figures[figure]) : formatCount(figures[figure]),
  );
  return [name, library, ...shown, judge(measurement, peer)];
}

function formatRatio(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2);
}

function formatCount(value: number | undefined): string {
  if (value === undefined) return '';
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  return Math.round(value).toLocaleString('en');
}
