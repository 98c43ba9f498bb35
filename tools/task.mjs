// `npm run bench` and others like it: programs and test suites that take minutes, and so are run on
// demand. One table says what each needs; further arguments go to the program.
import { nodeOfAtLeast } from './lib/newer-node.mjs';
import { run } from './lib/run.mjs';
import { build, ensureInstalled, prepareServers } from './lib/setup.mjs';

/**
 * @typedef {object} Task
 * @property {boolean} [servers] whether it needs real servers
 * @property {readonly string[]} [node] arguments for Node, relative to the root
 * @property {number} [atLeast] the lowest major version of Node that its dependencies run on
 * @property {string} [vitest] the tests to run, by path
 * @property {NodeJS.ProcessEnv} [env]
 */

/** @type {Readonly<Record<string, Task>>} */
const tasks = {
  bench: { node: ['--expose-gc', 'bench/dist/main.js'] },
  'bench:http-shedding': { node: ['bench/http-shedding/dist/main.js'] },
  'bench:workflow': { servers: true, node: ['examples/order-workflow/dist/bench/main.js'] },
  'hard-cases': { node: ['bench/hard-cases/dist/main.js'] },
  'http-cases': { node: ['bench/http-cases/dist/main.js'], atLeast: 22 },
  // Ten million calls for each leak test.
  'test:leaks': { vitest: 'packages/resilience/test/leaks', env: { LEAK_CALLS: '10000000' } },
  // The full numbers: thousands of retried answers and of aborts, an upload of 200 MB, waits by real timers.
  'test:http': { vitest: 'packages/http/test', env: { HTTP_PROOF: 'full' } },
  // Kills a worker under 200 workflows, 20 times in a row. `CRASH_SEED` takes other moments.
  'test:crash': {
    servers: true,
    vitest: 'packages/workflow/test/crash',
    env: { CRASH_TESTS: 'full' },
  },
  // How soon 20 real processes know of an outage, in 20 rounds on each store.
  'fleet:propagation': {
    servers: true,
    vitest: 'packages/fleet/test/processes/propagation.test.ts',
    env: { HIGHWAY_FLEET_PROCESSES: '20', HIGHWAY_FLEET_ROUNDS: '20' },
  },
};

const [name = '', ...args] = process.argv.slice(2);
const task = tasks[name];
if (task === undefined) throw new Error(`There is no task "${name}" in tools/task.mjs`);
await ensureInstalled();
await build();
if (task.servers === true) await prepareServers();
const { env = {}, atLeast = 0 } = task;
const { code } =
  task.vitest === undefined
    ? await run(await nodeOfAtLeast(atLeast), [...(task.node ?? []), ...args], { env })
    : await run('vitest', ['run', '--disableConsoleIntercept', task.vitest, ...args], { env });
process.exitCode = code;
