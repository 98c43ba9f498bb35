/** What a drill has to say at its end. */
export interface DrillReport {
  /** The table, and what it says. */
  readonly lines: readonly string[];
  /** All figures, for `--json`. */
  readonly results: object;
}
