// `npm run generate`: writes anew everything that is made from something else. `--check` only compares,
// and fails where something is out of date; the hard cases' page is left to the test that compares it.
import { run } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';

const check = process.argv.includes('--check');

await ensureInstalled();
for (const tool of ['embed-lua', 'embed-sql']) await generate(tool);
await build();
for (const tool of ['api', 'outcomes', 'pictures']) await generate(tool);
if (!check) await generate('task', 'hard-cases');

/**
 * @param {string} tool
 * @param {readonly string[]} args
 */
async function generate(tool, ...args) {
  const flags = check ? ['--check'] : [];
  const { code } = await run('node', [`tools/${tool}.mjs`, ...args, ...flags]);
  if (code !== 0) process.exitCode = code;
}
