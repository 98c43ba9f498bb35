// `npm test`: installs, builds, runs every test of every package, and ends with one line of counts.
// Arguments go to Vitest: `npm test -- packages/resilience/src/policies/retry`. Works in a fresh clone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './lib/run.mjs';
import { build, ensureInstalled, prepareServers } from './lib/setup.mjs';
import { printSummary } from './lib/summary.mjs';
import { readVitestCounts } from './lib/vitest-counts.mjs';

try {
  await ensureInstalled();
  await build();
  await prepareServers();
  printSummary(await test(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  printSummary({ passed: 0, failed: 1 });
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<import('./lib/summary.mjs').Counts>}
 */
async function test(args) {
  const folder = mkdtempSync(join(tmpdir(), 'highway-test-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code } = await run('vitest', ['run', ...reporters, ...args]);
    return readVitestCounts(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
