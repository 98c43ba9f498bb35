import type { Display } from './display.ts';

/** A column of plain lines: one figure of each second. */
export interface PlainColumn<Second> {
  readonly heading: string;
  readonly width: number;
  readonly cell: (second: Second) => string | number;
  /** Whether it is a string, aligned to the left; numbers are aligned to the right. Default: false. */
  readonly text?: boolean;
}

/** One side of plain lines. */
export interface PlainSide<Second> {
  readonly tally: {
    readonly title: string;
    /** The figures of a second, counted from 0. */
    second(second: number): Second;
  };
  readonly columns: readonly PlainColumn<Second>[];
}

const timeWidth = 6;
const phaseWidth = 9;

/**
 * The lines of a drill: one for each second, with the figures of every side. `phaseAt` names the phase
 * of a second, if the drill has phases.
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
