// What has to be there before anything else can run. Only Node's own modules may be imported here:
// in a fresh clone there is nothing else.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fromRoot } from './paths.mjs';
import { mustRun } from './run.mjs';
import { workspaceFolders } from './workspaces.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockEntry
 * @typedef {{ packages?: Record<string, LockEntry> }} LockFile
 */

/**
 * Whether the installed packages are those of the lock file. npm writes what it installed into
 * `node_modules/.package-lock.json`; optional packages may be missing from it, since they are left
 * out on other platforms.
 *
 * @param {LockFile} wanted
 * @param {LockFile} installed
 * @returns {boolean}
 */
export function isInstalled(wanted, installed) {
  return Object.entries(wanted.packages ?? {}).every(([path, entry]) => {
    if (!/(^|\/)node_modules\//.test(path)) return true;
    const found = installed.packages?.[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {LockFile}
 */
function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/**
 * Installs a folder's dependencies exactly as its lock file says, unless they are there already.
 *
 * @param {string} [folder] the folder of the lock file, with a slash at its end
 * @param {readonly string[]} [flags] for `npm ci`
 */
export async function ensureInstalled(folder = fromRoot(''), flags = []) {
  const wanted = readLock(`${folder}package-lock.json`);
  const installed = readLock(`${folder}node_modules/.package-lock.json`);
  if (existsSync(`${folder}node_modules`) && isInstalled(wanted, installed)) return;
  await mustRun('npm', ['ci', '--no-audit', '--no-fund', ...flags], { cwd: folder });
}

/** Compiles what has changed in the packages, the benchmarks and the examples. */
export async function build() {
  await mustRun('tsc', ['--build']);
  for (const folder of workspaceFolders()) removeOrphans(fromRoot(folder));
}

/** Installs the servers that tests start, where they are missing and this process may. */
export async function prepareServers() {
  await mustRun(process.execPath, [fromRoot('servers/dist/prepare.js')]);
}

/**
 * Removes what was compiled from sources that are gone since: the compiler leaves it, and it would
 * be published.
 *
 * @param {string} folder with `src` and `dist`
 */
export function removeOrphans(folder) {
  const outputs = existsSync(`${folder}/dist`)
    ? readdirSync(`${folder}/dist`, { recursive: true, encoding: 'utf8' })
    : [];
  for (const output of outputs) {
    const [, source] = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(output) ?? [];
    if (source !== undefined && !existsSync(`${folder}/src/${source}.ts`)) {
      rmSync(`${folder}/dist/${output}`);
    }
  }
}
