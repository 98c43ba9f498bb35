/** What a drill shows while it runs: a frame that is redrawn, or lines. */
export interface Display {
  /** The maximum number of lines; by default, the drill's seconds. */
  readonly seconds?: number;
  /** The width of the frame in columns. */
  readonly frameWidth: number;
  /** Draws the frame, so many ms after the start, for a terminal of that width. */
  frame(elapsed: number, width: number): string[];
  /** The heading above the lines. */
  heading(): string[];
  /** The line of a second, counted from 0. */
  line(second: number): string;
}
