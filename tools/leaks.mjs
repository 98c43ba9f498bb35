// `npm run test:leaks`: the leak tests with ten million calls each, which take minutes; `npm test`
// runs them with fewer.
import { run } from './lib/run.mjs';

const { code } = await run('vitest', ['run', 'packages/resilience/test/leaks'], {
  env: { LEAK_CALLS: '10000000' },
});
process.exitCode = code;
