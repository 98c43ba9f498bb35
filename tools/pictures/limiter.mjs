import * as Plot from '@observablehq/plot';
import { colours, draw, during, line } from './draw.mjs';

/** @typedef {import('./curves.mjs').Curves} Curves */

const seconds = { label: 'seconds' };
const times = [
  ...during({ from: 20, to: 40, text: '1.5 × capacity' }),
  ...during({ from: 40, to: 60, text: 'half the servers fail' }),
  ...during({ from: 60, to: 80, text: 'they are back' }),
  Plot.ruleX([20, 40, 60, 80], { stroke: 'white', strokeWidth: 2 }),
];

/**
 * @param {Curves} curves
 * @returns {Record<string, string>}
 */
export function drawLimiter({ limiter, priorities }) {
  return {
    'adaptive-limiter-limit': drawLimit(limiter),
    'adaptive-limiter-latency': drawLatency(limiter),
    'adaptive-limiter-answers': drawAnswers(limiter),
    'adaptive-limiter-priorities': drawPriorities(priorities),
  };
}

/** @param {Curves['limiter']} limiter */
function drawLimit({ adaptive }) {
  const dip = adaptive
    .filter(({ second }) => second > 62 && second < 80)
    .reduce((lowest, sample) => (sample.limit < lowest.limit ? sample : lowest));
  return draw({
    alternative:
      'The limit follows the number of servers: it stays somewhat above it, falls when half of them fail, and rises again when they are back.',
    x: seconds,
    y: { label: 'calls at once', domain: [0, 80], grid: true },
    marks: [
      ...times,
      ...line(adaptive, { x: 'second', y: 'limit', name: 'limit', stroke: colours.ours }),
      ...line(adaptive, {
        x: 'second',
        y: 'servers',
        name: 'servers',
        stroke: colours.plain,
        dashed: true,
      }),
      Plot.text([dip], {
        x: 'second',
        y: 'limit',
        text: () => 'measured with less load',
        textAnchor: 'start',
        dx: 8,
        fill: colours.ours,
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** @param {Curves['limiter']} limiter */
function drawLatency({ adaptive, unlimited }) {
  return draw({
    alternative:
      'With the limiter, a call takes at most about twice its 50 milliseconds. Without a limit, it takes up to half a minute.',
    x: seconds,
    y: {
      label: 'mean latency in ms',
      type: 'log',
      domain: [30, 60_000],
      grid: true,
      ticks: [50, 100, 1_000, 10_000],
      tickFormat: (/** @type {number} */ ms) => ms.toLocaleString('en'),
    },
    marks: [
      ...times,
      ...line(unlimited, {
        x: 'second',
        y: 'latencyMs',
        name: 'without a limit',
        stroke: colours.other,
      }),
      ...line(adaptive, {
        x: 'second',
        y: 'latencyMs',
        name: 'adaptive limiter',
        stroke: colours.ours,
      }),
    ],
  });
}

/** @param {Curves['limiter']} limiter */
function drawAnswers({ adaptive, unlimited }) {
  return draw({
    alternative:
      'With the limiter, the service gives as many answers within half a second as its servers can. Without a limit, it gives none soon after the overload begins, and none until long after it has ended.',
    x: seconds,
    y: { label: 'answers within 0.5 s, and calls, per second', domain: [0, 700], grid: true },
    marks: [
      ...times,
      ...line(adaptive, {
        x: 'second',
        y: 'offeredPerSecond',
        name: 'calls',
        stroke: colours.plain,
        dashed: true,
        dy: -12,
      }),
      ...line(unlimited, {
        x: 'second',
        y: 'usefulPerSecond',
        name: 'without a limit',
        stroke: colours.other,
      }),
      ...line(adaptive, {
        x: 'second',
        y: 'usefulPerSecond',
        name: 'adaptive limiter',
        stroke: colours.ours,
        dy: 6,
      }),
      Plot.ruleY([0]),
    ],
  });
}

/** @param {Curves['priorities']} priorities */
function drawPriorities(priorities) {
  return draw({
    alternative: `Rejected: ${priorities.map(({ priority, refused }) => `${percent(refused)} of ${priority}`).join(', ')}.`,
    height: 170,
    marginLeft: 70,
    x: { label: '% rejected', domain: [0, 100], percent: true, grid: true },
    y: { label: null, domain: priorities.map(({ priority }) => priority) },
    marks: [
      Plot.barX(priorities, { x: 'refused', y: 'priority', fill: colours.ours }),
      Plot.text(priorities, {
        x: 'refused',
        y: 'priority',
        text: ({ refused }) => percent(refused),
        textAnchor: 'start',
        dx: 6,
      }),
      Plot.ruleX([0]),
    ],
  });
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
