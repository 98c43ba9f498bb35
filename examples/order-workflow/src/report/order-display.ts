import type { Display } from '@highway-examples/drill-kit';
import type { Course } from '../course.ts';
import { renderFrame } from './live-frame.ts';
import { sideLines } from './plain-lines.ts';
import type { SideTally } from './side-tally.ts';

/** What the drill shows of itself while it runs. */
export function orderDisplay(
  tallies: readonly SideTally[],
  orders: number,
  course: Course,
): Display {
  return {
    frameWidth: 76,
    frame: (elapsed, width) => renderFrame({ tallies, orders, course, elapsed, width }),
    ...sideLines(tallies, course),
  };
}
