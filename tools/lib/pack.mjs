import { join } from 'node:path';
import { fromRoot } from './paths.mjs';
import { mustRun } from './run.mjs';

/**
 * Packs a built package as it would be published.
 *
 * @param {string} folder of the package, relative to the root
 * @param {string} destination where the tarball goes
 * @returns {Promise<string>} the tarball's path
 */
export async function pack(folder, destination) {
  const args = ['pack', '--json', '--loglevel=error', `--pack-destination=${destination}`];
  const output = await mustRun('npm', args, { cwd: fromRoot(folder), quiet: true });
  /** @type {[{ filename: string }]} */
  const [{ filename }] = JSON.parse(output.slice(output.indexOf('[')));
  return join(destination, filename);
}
