import { existsSync, readdirSync } from 'node:fs';
import { fromRoot } from './paths.mjs';

const skipped = new Set(['node_modules', 'dist', 'coverage', 'reports', 'fixtures', '.git']);

/**
 * All files in a folder, however deep, without what is installed, generated or test data.
 *
 * @param {string} folder relative to the root; empty for the root itself
 * @param {RegExp} pattern of the file names wanted
 * @returns {string[]} relative to the root, sorted
 */
export function listFiles(folder, pattern) {
  if (!existsSync(fromRoot(folder))) return [];
  return readdirSync(fromRoot(folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listFiles(path, pattern);
      return pattern.test(entry.name) ? [path] : [];
    })
    .sort();
}
