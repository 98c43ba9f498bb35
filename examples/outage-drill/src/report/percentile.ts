/**
 * The percentile of the values, by nearest rank; `undefined` if there are none. Sorts a copy: takes
 * n log n time.
 */
export function percentile(values: readonly number[], percent: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1];
}

/** The median, and the value that only one in a hundred exceeds. */
export interface Spread {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** Both percentiles. */
export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 50), p99: percentile(values, 99) };
}
