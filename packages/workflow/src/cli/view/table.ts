import type { Paint, Shade } from './paint.ts';

/** What stands in a table: a text, and how it looks where there are colours. */
export interface Cell {
  readonly text: string;
  readonly shade?: Shade | undefined;
}

/** A row: texts, or cells. */
export type Row = readonly (string | Cell)[];

/**
 * A table: columns that are as wide as their widest text, two spaces apart. Columns that are empty in
 * every row are left out.
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
  // The spaces stay outside of the colour, so that a line's end can be trimmed.
  return `${shade === undefined || text === '' ? text : paint(shade, text)}${room}`;
}

/** Characters, not code units: ids and messages may hold anything. */
function width(text: string): number {
  return Array.from(text).length;
}
