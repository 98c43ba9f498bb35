// The one list of files that a rule of the repository doesn't hold for, each with its reason.
// It may only shrink: a new entry needs a better reason than "it was easier".

/** @typedef {Readonly<Record<string, string>>} Reasons by file, relative to the root */

/** @type {Reasons} Functions with more than three parameters. */
export const maxParams = {};

/** @type {Reasons} Files above the limit of lines. */
export const maxLines = {};

/** @type {Reasons} Functions above the limit of lines. */
export const maxLinesPerFunction = {};

/** @type {Reasons} Sources that may name a global clock, timer or random source. */
export const globals = {
  'packages/resilience/src/seams/clock.ts': 'the seam of time',
  'packages/resilience/src/seams/random.ts': 'the seam of randomness',
  'packages/fleet/src/testing/assertions.ts': 'waits for what a real store tells in its own time',
  'packages/workflow/src/cli/main.ts': 'the command line is a process: it ends in real time',
  'packages/workflow/src/cli/connect.ts': 'the command line waits for a database in real time',
  'packages/workflow/src/cli/terminal.ts': 'the seam of the command line to its process',
};

/** @type {Reasons} Tests that wait for real time to pass. */
export const realSleeps = {
  'packages/resilience/test/behaviour/retry-hurried.test.ts':
    'only the timers of the host show that they are starved',
  'packages/resilience/test/node/rate-limiter.test.ts':
    'only the timers of the host are late as they are',
  'packages/workflow/test/dbos/careless-program.ts': 'a process of its own, with a real database',
  'packages/workflow/test/dbos/crashing-program.ts': 'a process of its own, with a real database',
  'packages/workflow/test/embedded/lease-program.ts': 'a process of its own, with a real database',
};
