// `npm run test:mutation`: mutates the breaker and the retry, or the files given as arguments, and
// fails where the tests notice too few of the changes.
import { run } from './lib/run.mjs';

const files = process.argv.slice(2);
const args = files.length === 0 ? [] : ['--mutate', files.join(',')];
const { code } = await run('stryker', ['run', 'stryker.config.mjs', ...args]);
process.exitCode = code;
