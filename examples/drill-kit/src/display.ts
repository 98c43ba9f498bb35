/** What a drill shows of itself while it runs: a frame that is drawn anew, or lines. */
export interface Display {
  /** How many lines there are at most; by default as many as the drill has seconds. */
  readonly seconds?: number;
  /** The columns that the frame needs. */
  readonly frameWidth: number;
  /** The frame, as many ms after the drill began, for a terminal of a width. */
  frame(elapsed: number, width: number): string[];
  /** What stands above the lines. */
  heading(): string[];
  /** One second in one line, from 0. */
  line(second: number): string;
}
