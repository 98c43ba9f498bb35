// The one list of files that a rule of the repository doesn't hold for, each with its reason.
// It may only shrink: a new entry needs a better reason than "it was easier".

/** @typedef {Readonly<Record<string, string>>} Reasons by file, relative to the root */

/** @type {Reasons} Functions with more than three parameters. */
export const maxParams = {};

/** @type {Reasons} Files above the limit of lines. */
export const maxLines = {};

/** @type {Reasons} Functions above the limit of lines. */
export const maxLinesPerFunction = {};

/** @type {Reasons} Files of the core that may name a global clock, timer, source of chance or host. */
export const globals = {
  'packages/resilience/src/clock.ts': 'the seam of time',
  'packages/resilience/src/random.ts': 'the seam of chance',
};

/** @type {Reasons} Tests that wait for real time to pass. */
export const realSleeps = {};
