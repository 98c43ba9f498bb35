import * as Plot from '@observablehq/plot';
import { colours, draw, during, line } from './draw.mjs';

/**
 * @param {import('./curves.mjs').Curves} curves
 * @returns {Record<string, string>}
 */
export function drawThrottler({ throttler }) {
  const svg = draw({
    alternative:
      'While the service is down, only a tenth of the calls reach it after ten seconds; ten seconds after it is back, all of them do again.',
    x: { label: 'seconds' },
    y: { label: 'calls per second', domain: [0, 150], grid: true },
    marks: [
      ...during({ from: 30, to: 60, text: 'the service is down' }),
      ...line(throttler, {
        x: 'second',
        y: 'offered',
        name: 'made',
        stroke: colours.plain,
        dashed: true,
        dy: -8,
      }),
      ...line(throttler, {
        x: 'second',
        y: 'sent',
        name: 'let through',
        stroke: colours.ours,
        dy: 8,
      }),
      Plot.ruleY([0]),
    ],
  });
  return { 'adaptive-throttler': svg };
}
