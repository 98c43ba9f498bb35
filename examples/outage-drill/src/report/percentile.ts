/**
 * The value that so many percent of the values don't exceed, by the nearest rank; `undefined` of no
 * values. Sorts a copy: n log n time.
 */
export function percentile(values: readonly number[], percent: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1];
}

/** The middle of the values, and what only the worst hundredth exceeds. */
export interface Spread {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** Both percentiles. */
export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 50), p99: percentile(values, 99) };
}
