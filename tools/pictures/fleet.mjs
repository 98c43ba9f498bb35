import * as Plot from '@observablehq/plot';
import { colours, draw, line } from './draw.mjs';

/** @typedef {import('./fleet-figures.mjs').Figures} Figures */

const nodes = {
  label: 'nodes',
  type: /** @type {const} */ ('log'),
  ticks: [10, 100, 1000, 10_000],
  tickFormat: (/** @type {number} */ count) => count.toLocaleString('en'),
};

/**
 * @param {readonly Figures[]} figures
 * @returns {Record<string, string>}
 */
export function drawFleet(figures) {
  return {
    'fleet-operations': drawLoad(figures, {
      calm: 'calmOperations',
      busy: 'busyOperations',
      label: 'store operations per second',
      alternative:
        'The store operations of a fleet grow with the number of its nodes: two per second and node, and at most four in the busiest second of an outage.',
    }),
    'fleet-bytes': drawLoad(figures, {
      calm: 'calmBytes',
      busy: 'busyBytes',
      label: 'bytes per second',
      alternative:
        'The bytes between a fleet and its store grow with the number of its nodes: about 0.2 kilobytes per second and node, and two in the busiest second of an outage.',
    }),
    'fleet-agreement': drawAgreement(figures),
  };
}

/**
 * @param {readonly Figures[]} figures
 * @param {{ calm: keyof Figures, busy: keyof Figures, label: string, alternative: string }} look
 */
function drawLoad(figures, { calm, busy, label, alternative }) {
  return draw({
    alternative,
    x: nodes,
    y: { label, type: 'log', grid: true, tickFormat: 's' },
    marks: [
      ...line(figures, {
        x: 'nodes',
        y: busy,
        name: 'busiest second',
        stroke: colours.other,
        dy: -4,
      }),
      ...line(figures, { x: 'nodes', y: calm, name: 'calm', stroke: colours.ours, dy: 6 }),
    ],
  });
}

/** @param {readonly Figures[]} figures */
function drawAgreement(figures) {
  return draw({
    alternative:
      'It takes less than 50 milliseconds from the quorum until the last node knows, and less than two sync intervals of half a second if all notices are lost, whatever the number of nodes.',
    x: nodes,
    y: {
      label: 'ms from the quorum until the last node knows',
      type: 'log',
      domain: [1, 2000],
      grid: true,
      ticks: [1, 10, 100, 1000],
      tickFormat: '~s',
    },
    marks: [
      ...line(figures, {
        x: 'nodes',
        y: 'unnoticedMs',
        name: 'all notices lost',
        stroke: colours.other,
      }),
      ...line(figures, { x: 'nodes', y: 'noticedMs', name: 'with notices', stroke: colours.ours }),
      Plot.ruleY([1000], { stroke: colours.plain, strokeDasharray: '4 3' }),
      Plot.text([{}], {
        frameAnchor: 'top-left',
        dx: 6,
        dy: 4,
        text: () => 'two sync intervals',
        fill: colours.plain,
      }),
    ],
  });
}
