import type { Answer } from '../subject.ts';
import { toCells } from './cells.ts';

/** A table for the terminal: words to the left, numbers to the right. */
export function formatTable(answer: Answer): string {
  const cells = toCells(answer);
  const columns = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (isWords(i, row) ? cell.padEnd(columns[i]!) : cell.padStart(columns[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return `\n${answer.name}: ${answer.asks}\n${lines.join('\n')}`;
}

/** Whether a column holds words: names at the front, the target at the end. */
export function isWords(column: number, row: readonly string[]): boolean {
  return column < 2 || column === row.length - 1;
}
