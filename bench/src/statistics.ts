/** The value below which the share `p` of them lies. Sorts a copy. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The medians of the ratios, pair by pair: what drifts between rounds cancels out. */
export function medianRatio(values: readonly number[], bases: readonly number[]): number {
  return median(values.map((value, i) => value / (bases[i] ?? Number.NaN)));
}
