import { bar } from '@highway-examples/drill-kit';

/** The range of bars for times, in ms. */
const longest = 10_000;
const shortest = 10;

/** A bar for a time: each step is about two and a half times the one before. */
export function timeBar(ms: number | undefined): string {
  if (ms === undefined) return bar(undefined, longest);
  const steps = Math.log(longest / shortest);
  return bar(Math.max(0.001, Math.log(Math.max(ms, shortest) / shortest)), steps);
}

/**
 * The second that each column of a chart shows. Every second gets as many columns as fit; if there are
 * more seconds than columns, some are left out.
 */
export function columnSeconds(seconds: number, width: number): number[] {
  const each = Math.max(1, Math.floor(width / seconds));
  const columns = Math.min(width, seconds * each);
  return Array.from({ length: columns }, (_, i) => Math.floor((i * seconds) / columns));
}
