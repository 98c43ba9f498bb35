const bars = '▁▂▃▄▅▆▇█';

/** Drawn if nothing happened. */
const nothing = '·';

/**
 * A bar for a value between 0 and `most`, at least an eighth high; a dot for nothing. Higher values get
 * the highest bar.
 */
export function bar(value: number | undefined, most: number): string {
  if (value === undefined || value <= 0) return nothing;
  const height = Math.ceil((bars.length * Math.min(value, most)) / most);
  return bars[height - 1]!;
}
