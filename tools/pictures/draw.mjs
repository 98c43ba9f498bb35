import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Colours that those who can't tell red from green can tell apart (Okabe and Ito). */
export const colours = {
  ours: '#0072b2',
  other: '#d55e00',
  good: '#009e73',
  plain: '#666666',
  shade: '#f0f0f0',
};

const width = 760;

/**
 * Draws a plot as the text of an SVG file: the same data give the same text. Its background is white,
 * because a reader's may be dark.
 *
 * @param {Plot.PlotOptions & { alternative: string }} options `alternative` says in words what is seen
 * @returns {string}
 */
export function draw({ alternative, ...options }) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    width,
    height: 240,
    marginLeft: 60,
    marginRight: 120,
    marginTop: 30,
    document,
    style: { background: 'white', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    ...options,
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', alternative);
  return `${svg.outerHTML.replace(/></g, '>\n<')}\n`;
}

/**
 * A line through some of the data, with its name at its right end.
 *
 * @param {readonly object[]} data
 * @param {{ x: string, y: string, name: string, stroke: string, dy?: number, dashed?: boolean }} look
 * @returns {Plot.Markish[]}
 */
export function line(data, { x, y, name, stroke, dy = 0, dashed = false }) {
  return [
    Plot.lineY(data, {
      x,
      y,
      stroke,
      strokeWidth: 1.8,
      ...(dashed && { strokeDasharray: '4 3' }),
    }),
    Plot.text(data.slice(-1), {
      x,
      y,
      text: () => name,
      fill: stroke,
      textAnchor: 'start',
      dx: 6,
      dy,
    }),
  ];
}

/**
 * Shades a time and says at its top what happens then.
 *
 * @param {{ from: number, to: number, text: string }} time
 * @returns {Plot.Markish[]}
 */
export function during({ from, to, text }) {
  return [
    Plot.rectX([{ from, to }], { x1: 'from', x2: 'to', fill: colours.shade }),
    Plot.text([{ middle: (from + to) / 2 }], {
      x: 'middle',
      text: () => text,
      frameAnchor: 'top',
      dy: -14,
      fill: colours.plain,
    }),
  ];
}
