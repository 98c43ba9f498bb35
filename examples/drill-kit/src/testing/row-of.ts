import { stripVTControlCharacters } from 'node:util';

/** The cells of the table's row with this label. */
export function rowOf(table: string, label: string): string[] {
  const line = stripVTControlCharacters(table)
    .split('\n')
    .find((each) => each.includes(label));
  return (line ?? '')
    .split('│')
    .slice(2, -1)
    .map((cell) => cell.trim());
}
