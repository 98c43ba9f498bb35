import Table from 'cli-table3';
import colors from 'picocolors';
import { time } from './format.ts';

/** A table with a column for each title; a row is its label and its cells. */
export function sideBySide(
  titles: readonly string[],
  rows: readonly (readonly [label: string, ...cells: string[]])[],
): string {
  const head = ['', ...titles.map((title) => colors.bold(title))];
  const colAligns = ['left', ...titles.map(() => 'right')] as Table.HorizontalAlignment[];
  const table = new Table({
    head,
    colAligns,
    style: { head: [], border: colors.isColorSupported ? ['dim'] : [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** The time that something took; a lower bound if it did not happen in the time waited. */
export function timeUntil(ms: number | null, waited: number): string {
  if (ms !== null) return colors.green(time(ms));
  return waited > 0 ? colors.red(`> ${time(waited)}`) : '–';
}
