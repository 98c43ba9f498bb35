import type { Display } from './display.ts';

/** A figure of a second, as a column of plain lines. */
export interface PlainColumn<Second> {
  readonly heading: string;
  readonly width: number;
  readonly cell: (second: Second) => string | number;
  /** Whether it is a text, which stands to the left; figures stand to the right. Default: false. */
  readonly text?: boolean;
}

/** What stands side by side in plain lines. */
export interface PlainSide<Second> {
  readonly tally: {
    readonly title: string;
    /** What it was like in a second, from 0. */
    second(second: number): Second;
  };
  readonly columns: readonly PlainColumn<Second>[];
}

const timeWidth = 6;
const phaseWidth = 9;

/**
 * The lines of a drill: for each second what every side was like in it. `phaseAt` says which part of
 * the drill a second belongs to, where it has parts.
 */
export function plainLines<Second>(
  sides: readonly PlainSide<Second>[],
  phaseAt?: (second: number) => string,
): Pick<Display, 'heading' | 'line'> {
  const line = (at: string, phase: string, cells: readonly string[]): string => {
    const left = at.padStart(timeWidth);
    const parted = phaseAt === undefined ? left : `${left} ${phase.padEnd(phaseWidth)}`;
    return `${parted} │ ${cells.join(' │ ')}`.trimEnd();
  };
  const headings = sides.map(({ columns }) =>
    columns.map((column) => pad(column, column.heading)).join(''),
  );
  const titles = sides.map(({ tally }, i) => tally.title.padEnd(headings[i]!.length));
  return {
    heading: () => [line('', '', titles), line('', '', headings)],
    line: (second) => {
      const cells = sides.map((side) => cellsOf(side, second));
      return line(`${second + 1} s`, phaseAt?.(second) ?? '', cells);
    },
  };
}

function cellsOf<Second>({ tally, columns }: PlainSide<Second>, second: number): string {
  const figures = tally.second(second);
  return columns.map((column) => pad(column, String(column.cell(figures)))).join('');
}

function pad({ width, text = false }: PlainColumn<never>, cell: string): string {
  return text ? `  ${cell.padEnd(width)}` : cell.padStart(width);
}
