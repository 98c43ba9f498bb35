import { readFileSync } from 'node:fs';
import { listFiles } from '../lib/files.mjs';
import { fromRoot } from '../lib/paths.mjs';

/** What looks like a warning's code in a source, and is the name of an environment variable. */
const environment = new Set(['HIGHWAY_APP', 'HIGHWAY_DATABASE_URL']);

/**
 * The codes that stand as strings in the sources of the packages, without those in tests.
 *
 * @param {'ERR' | 'HIGHWAY'} prefix of errors or of warnings
 * @returns {string[]} sorted
 */
export function codesInSources(prefix) {
  const pattern = new RegExp(`'(${prefix}_[A-Z_]+)'`, 'g');
  const codes = listFiles('packages', /(?<!\.test)\.ts$/)
    .filter((file) => /^packages\/[^/]+\/src\//.test(file))
    .flatMap((file) => [...readFileSync(fromRoot(file), 'utf8').matchAll(pattern)])
    .map(([, code = '']) => code)
    .filter((code) => !environment.has(code));
  return [...new Set(codes)].sort();
}

/**
 * The codes that a page explains: those in the first column of its tables.
 *
 * @param {string} page
 * @returns {string[]} sorted, as often as they stand there
 */
export function codesOnPage(page) {
  return [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = '']) => code).sort();
}
