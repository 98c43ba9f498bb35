// `npm run test:crash`: kills a worker under 200 workflows, 20 times in a row, and one of two workers,
// and tells what it saw; `npm test` does so with fewer. `CRASH_SEED` takes other moments.
import { run } from './lib/run.mjs';
import { build, ensureInstalled, prepareServers } from './lib/setup.mjs';

await ensureInstalled();
await build();
await prepareServers();
const { code } = await run(
  'vitest',
  ['run', '--disableConsoleIntercept', 'packages/workflow/test/crash'],
  {
    env: { CRASH_TESTS: 'full' },
  },
);
process.exitCode = code;
