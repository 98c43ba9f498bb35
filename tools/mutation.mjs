// `npm run test:mutation`: mutates the code that decides in the breaker, the retry and the backoff, or
// the files given as arguments, and fails where the tests notice too few of the changes.
import { run } from './lib/run.mjs';

const files = process.argv.slice(2);
const args = files.length === 0 ? [] : ['--mutate', files.join(',')];
const { code } = await run('stryker', ['run', 'stryker.config.mjs', ...args]);
process.exitCode = code;
