// `npm run test:faults`: has each statement that a workflow sends go wrong in each way, and counts the
// combinations; `npm test` tries a sample of them. `-- --parts 8` tries so many at a time: most of each
// is waiting.
import { parseArgs } from 'node:util';
import { run } from './lib/run.mjs';
import { ensureInstalled, prepareServers } from './lib/setup.mjs';

const { values } = parseArgs({ options: { parts: { type: 'string', default: '4' } } });
const parts = Number(values.parts);
if (!Number.isInteger(parts) || parts < 1) {
  throw new Error(`--parts has to be a whole number from 1, and is ${values.parts}`);
}

await ensureInstalled();
await prepareServers();
const ends = await Promise.all(
  Array.from({ length: parts }, (_, n) =>
    run('vitest', ['run', '--disableConsoleIntercept', 'packages/workflow/test/faults'], {
      env: { FAULT_PART: `${n + 1}/${parts}` },
      quiet: true,
    }),
  ),
);

/** @param {string} what */
const sum = (what) =>
  ends
    .map(({ output }) => Number(new RegExp(`${what} (\\d+)`).exec(output)?.[1] ?? NaN))
    .reduce((a, b) => a + b, 0);

const isRight = ends.every(({ code }) => code === 0);
for (const { code, output } of ends) if (code !== 0) process.stdout.write(output);
console.log(
  `${sum('tried')} combinations of a statement and what goes wrong with it; ${sum('hit')} statements went ` +
    `wrong, ${sum('wrong')} runs ended otherwise than they should`,
);
console.log(isRight ? 'All are right.' : 'Not all are right.');
process.exitCode = isRight ? 0 : 1;
