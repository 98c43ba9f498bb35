// `npm run fleet:propagation`: how soon 20 real processes know of an outage, in 20 rounds on each
// store; `npm test` does so with fewer.
import { run } from './lib/run.mjs';
import { ensureInstalled, prepareServers } from './lib/setup.mjs';

await ensureInstalled();
await prepareServers();
const { code } = await run(
  'vitest',
  ['run', '--disableConsoleIntercept', 'packages/fleet/test/processes/propagation.test.ts'],
  {
    env: { HIGHWAY_FLEET_PROCESSES: '20', HIGHWAY_FLEET_ROUNDS: '20' },
  },
);
process.exitCode = code;
