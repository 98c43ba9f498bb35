// `npm run release:dry`: rehearses a release. It packs all packages, publishes them to a real registry
// that runs in this process, installs them from there into sample apps, and runs those. Arguments
// choose apps by the start of their names: `npm run release:dry -- typescript`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack } from '../lib/pack.mjs';
import { fromRoot } from '../lib/paths.mjs';
import { mustRun, run } from '../lib/run.mjs';
import { build, ensureInstalled } from '../lib/setup.mjs';
import { printSummary } from '../lib/summary.mjs';
import { publishedFolders, readManifest } from '../lib/workspaces.mjs';
import { apps } from './apps/index.mjs';

/**
 * @typedef {import('./apps/index.mjs').App} App
 * @typedef {{ app: string, variant: string, failure?: string | undefined }} Result
 */

/**
 * Packs and publishes every package.
 *
 * @param {string} folder for the tarballs
 * @param {NodeJS.ProcessEnv} env that points npm at the registry
 */
async function publishAll(folder, env) {
  mkdirSync(folder, { recursive: true });
  for (const workspace of publishedFolders()) {
    const tarball = await pack(workspace, folder);
    // Provenance is for releases: it needs the identity of a workflow.
    await mustRun('npm', ['publish', tarball, '--provenance=false'], { env, quiet: true });
    const { name, version } = readManifest(workspace);
    console.log(`published ${name} ${version}`);
  }
}

/**
 * Installs an app and runs its variants.
 *
 * @param {App} app
 * @param {string} folder where the app goes
 * @param {NodeJS.ProcessEnv} env that points npm at the registry
 * @returns {Promise<Result[]>}
 */
async function tryApp({ name, dependencies, overrides, files, variants }, folder, env) {
  const manifest = { private: true, type: 'module', dependencies, overrides };
  const texts = { 'package.json': JSON.stringify(manifest, undefined, 2), ...files };
  for (const [file, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const installed = await run('npm', install, { cwd: folder, env, quiet: true });
  /** @type {Result[]} */
  const results = [];
  for (const { variant, steps } of variants) {
    const failure =
      installed.code === 0 ? await runSteps(steps, folder) : `npm install: ${installed.output}`;
    results.push({ app: name, variant, failure });
    console.log(`${failure === undefined ? '✔' : '✘'} ${name}: ${variant}`);
    if (failure !== undefined) console.error(failure);
  }
  return results;
}

/**
 * @param {readonly (readonly string[])[]} steps commands with their arguments
 * @param {string} folder
 * @returns {Promise<string | undefined>} what failed, if anything did
 */
async function runSteps(steps, folder) {
  for (const [command = '', ...args] of steps) {
    const program = programOf(command, folder);
    const { code, output } = await run(program, args, {
      cwd: folder,
      quiet: true,
      timeoutMs: 180_000,
    });
    if (code !== 0) return `${[command, ...args].join(' ')}:\n${output}`;
  }
  return undefined;
}

/**
 * Programs are those of the app, not of this repository.
 *
 * @param {string} command
 * @param {string} folder of the app
 */
function programOf(command, folder) {
  if (command === 'node') return process.execPath;
  return command.includes('/') ? command : join(folder, 'node_modules/.bin', command);
}

/** @param {readonly Result[]} results */
function printMatrix(results) {
  const names = [...new Set(results.map(({ app }) => app))];
  const width = Math.max(...names.map(({ length }) => length));
  console.log();
  for (const name of names) {
    const cells = results
      .filter(({ app }) => app === name)
      .map(({ variant, failure }) => `${failure === undefined ? '✔' : '✘'} ${variant}`);
    console.log(`${name.padEnd(width)}  ${cells.join('  ')}`);
  }
  console.log();
}

const wanted = process.argv.slice(2);
/** @type {Result[]} */
const results = [];
let broken = 0;
const folder = mkdtempSync(join(tmpdir(), 'highway-release-'));
/** @type {{ stop(): Promise<void> } | undefined} */
let registry;
try {
  await ensureInstalled();
  await build();
  await ensureInstalled(fromRoot('tools/release-dry/'), ['--ignore-scripts']);
  const { startRegistry } = await import('./registry.mjs');
  const started = await startRegistry(join(folder, 'registry'));
  registry = started;
  await publishAll(join(folder, 'tarballs'), started.env);
  const chosen = apps.filter(
    ({ name }) =>
      wanted.length === 0 || wanted.some((start) => name.toLowerCase().startsWith(start)),
  );
  for (const [index, app] of chosen.entries()) {
    results.push(...(await tryApp(app, join(folder, `app-${String(index)}`), started.env)));
  }
  printMatrix(results);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  broken += 1;
} finally {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
}
const failed = results.filter(({ failure }) => failure !== undefined).length;
printSummary({ passed: results.length - failed, failed: failed + broken });
