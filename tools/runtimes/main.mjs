// `npm run test:runtimes`: packs the portable packages, installs the tarballs, and runs the behaviour tests
// on them in every runtime. A runtime that can't be had is a failure. Arguments choose runtimes by name.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../lib/pack.mjs';
import { fromRoot } from '../lib/paths.mjs';
import { mustRun } from '../lib/run.mjs';
import { build, ensureInstalled } from '../lib/setup.mjs';
import { printSummary } from '../lib/summary.mjs';
import { startOrigin } from './origin.mjs';

/** @typedef {import('./shim/run-tests.mjs').Report} Report */

const here = fromRoot('tools/runtimes/');
const modules = `${here}node_modules/`;

/** The packages that claim every runtime. */
const portable = ['packages/resilience', 'packages/http'];

/** @typedef {(folder: string, origin: string) => Promise<Report>} RunTests with the address of the HTTP server */

/**
 * The modules below need what is installed first.
 *
 * @returns {Promise<Record<string, RunTests>>} by name
 */
async function loadRuntimes() {
  const { runOnCommandLine } = await import('./command-line.mjs');
  const { runInWorkerd } = await import('./workerd.mjs');
  const { runInChromium } = await import('./chromium.mjs');
  /** @param {string} version @returns {RunTests} */
  const node = (version) => (folder, origin) =>
    runOnCommandLine({ folder, origin, command: `${modules}node${version}/bin/node` });
  return {
    'node 20': node('20'),
    'node 22': node('22'),
    'node 24': node('24'),
    'node 26': node('26'),
    bun: (folder, origin) =>
      runOnCommandLine({ folder, origin, command: `${modules}@oven/bun-linux-x64/bin/bun` }),
    deno: (folder, origin) =>
      runOnCommandLine({
        folder,
        origin,
        command: `${modules}@deno/linux-x64-glibc/deno`,
        args: ['run', '--no-config', '--allow-env', '--allow-net=127.0.0.1'],
      }),
    workerd: (folder, origin) =>
      runInWorkerd(`${modules}@cloudflare/workerd-linux-64/bin/workerd`, folder, origin),
    chromium: runInChromium,
  };
}

/**
 * Installs the packed packages as a user would, with the tests and what each runtime loads beside them.
 *
 * @param {string} folder
 */
async function prepare(folder) {
  const tarballs = [];
  for (const each of portable) tarballs.push(await pack(each, folder));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await mustRun('npm', ['install', '--loglevel=error', '--no-audit', '--no-fund', ...tarballs], {
    cwd: folder,
    quiet: true,
  });
  cpSync(`${here}hosts`, folder, { recursive: true });
  const { bundleTests } = await import('./bundle.mjs');
  await bundleTests(portable, folder);
}

/**
 * @param {string} name
 * @param {Promise<Report>} running
 * @returns {Promise<import('../lib/summary.mjs').Counts>}
 */
async function count(name, running) {
  const { passed, failures } = await running.catch((/** @type {unknown} */ error) => ({
    passed: 0,
    failures: [error instanceof Error ? error.message : String(error)],
  }));
  // A runtime that ran no test has shown nothing.
  if (passed === 0 && failures.length === 0) failures.push('no test was run');
  for (const failure of failures) console.error(`✘ ${name}: ${failure}`);
  console.log(`${name}: ${String(passed)} passed, ${String(failures.length)} failed`);
  return { passed, failed: failures.length };
}

const wanted = process.argv.slice(2);
const totals = { passed: 0, failed: 0 };
const folder = mkdtempSync(join(tmpdir(), 'highway-runtimes-'));
try {
  await ensureInstalled();
  await build();
  await ensureInstalled(here, ['--ignore-scripts']);
  await prepare(folder);
  const origin = await startOrigin(folder);
  for (const [name, runTests] of Object.entries(await loadRuntimes())) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { passed, failed } = await count(name, runTests(folder, origin.address));
    totals.passed += passed;
    totals.failed += failed;
  }
  origin.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  totals.failed += 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printSummary(totals);
