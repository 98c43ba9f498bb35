import { fromRoot } from './paths.mjs';
import { ensureInstalled } from './setup.mjs';

/**
 * This process's Node if it is new enough; otherwise the Node 22 that the tests of runtimes install.
 *
 * @param {number} major the lowest major version wanted, at most 22
 * @returns {Promise<string>} the path of the program
 */
export async function nodeOfAtLeast(major) {
  if (Number.parseInt(process.versions.node, 10) >= major) return process.execPath;
  const folder = fromRoot('tools/runtimes/');
  await ensureInstalled(folder, ['--ignore-scripts']);
  return `${folder}node_modules/node22/bin/node`;
}
