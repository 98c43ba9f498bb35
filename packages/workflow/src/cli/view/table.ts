import type { Paint, Shade } from './paint.ts';

/** A cell of a table: a text, and its colour. */
export interface Cell {
  readonly text: string;
  readonly shade?: Shade | undefined;
}

/** A row of texts or cells. */
export type Row = readonly (string | Cell)[];

/**
 * Formats a table. Each column is as wide as its widest text, with two spaces between columns. Columns
 * that are empty in every row are left out.
 */
export function table(head: readonly string[], rows: readonly Row[], paint: Paint): string {
  const cells = rows.map((row) => row.map(cellOf));
  const used = head.map((_, column) => cells.some((row) => row[column]?.text !== ''));
  const widths = head.map((title, column) =>
    Math.max(width(title), ...cells.map((row) => width(row[column]?.text ?? ''))),
  );
  const line = (row: readonly Cell[]): string => {
    const shown = row.flatMap((cell, column) =>
      used[column] === true ? [padded(cell, widths[column]!, paint)] : [],
    );
    return shown.join('  ').trimEnd();
  };
  const titles = head.map((title): Cell => ({ text: title, shade: 'dim' }));
  return [titles, ...cells].map(line).join('\n');
}

function cellOf(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: cell } : cell;
}

function padded({ text, shade }: Cell, to: number, paint: Paint): string {
  const room = ' '.repeat(Math.max(0, to - width(text)));
  // The spaces are not coloured, so that the end of a line can be trimmed.
  return `${shade === undefined || text === '' ? text : paint(shade, text)}${room}`;
}

/** Counts characters, not code units: ids and messages may contain anything. */
function width(text: string): number {
  return Array.from(text).length;
}
