import type { Display } from '@highway-examples/drill-kit';
import type { Timeline } from '../timeline.ts';
import { renderFrame } from './live-frame.ts';
import { sideLines } from './plain-lines.ts';
import type { SideTally } from './side-tally.ts';

/** What the drill shows of itself while it runs. */
export function orderDisplay(
  tallies: readonly SideTally[],
  orders: number,
  timeline: Timeline,
): Display {
  return {
    frameWidth: 76,
    frame: (elapsed, width) => renderFrame({ tallies, orders, timeline, elapsed, width }),
    ...sideLines(tallies, timeline),
  };
}
