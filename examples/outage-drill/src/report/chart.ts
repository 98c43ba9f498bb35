const bars = '▁▂▃▄▅▆▇█';

/** Nothing of what is counted happened there. */
const nothing = '·';

/**
 * A bar for a value between 0 and `most`, an eighth high at least; a dot for nothing. Higher values
 * get the highest bar.
 */
export function bar(value: number | undefined, most: number): string {
  if (value === undefined || value <= 0) return nothing;
  const height = Math.ceil((bars.length * Math.min(value, most)) / most);
  return bars[height - 1]!;
}

/** The longest time that bars of times tell apart, and the shortest; in ms. */
const longest = 10_000;
const shortest = 10;

/** A bar for a time: each step is about two and a half times the one before. */
export function timeBar(ms: number | undefined): string {
  if (ms === undefined) return nothing;
  const steps = Math.log(longest / shortest);
  return bar(Math.max(0.001, Math.log(Math.max(ms, shortest) / shortest)), steps);
}

/**
 * Which second each column of a chart shows: every second is as many columns wide as fit, and where
 * there are more seconds than columns some are left out.
 */
export function columnSeconds(seconds: number, width: number): number[] {
  const each = Math.max(1, Math.floor(width / seconds));
  const columns = Math.min(width, seconds * each);
  return Array.from({ length: columns }, (_, i) => Math.floor((i * seconds) / columns));
}
