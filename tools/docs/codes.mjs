import { readFileSync } from 'node:fs';
import { listFiles } from '../lib/files.mjs';
import { fromRoot } from '../lib/paths.mjs';

/** Environment variables, whose names look like the codes of warnings. */
const environment = new Set(['HIGHWAY_APP', 'HIGHWAY_DATABASE_URL']);

/** Sources with the codes of errors that others make. */
const foreign = new Set(['packages/http/src/outcomes/table.ts']);

/**
 * The codes in the sources of the packages, without those in tests.
 *
 * @param {'ERR' | 'HIGHWAY'} prefix of errors or of warnings
 * @returns {string[]} sorted
 */
export function codesInSources(prefix) {
  const pattern = new RegExp(`'(${prefix}_[A-Z_]+)'`, 'g');
  const codes = listFiles('packages', /(?<!\.test)\.ts$/)
    .filter((file) => /^packages\/[^/]+\/src\//.test(file) && !foreign.has(file))
    .flatMap((file) => [...readFileSync(fromRoot(file), 'utf8').matchAll(pattern)])
    .map(([, code = '']) => code)
    .filter((code) => !environment.has(code));
  return [...new Set(codes)].sort();
}

/**
 * The codes that a page explains: those in the first column of its tables.
 *
 * @param {string} page
 * @returns {string[]} sorted, with repetitions
 */
export function codesOnPage(page) {
  return [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = '']) => code).sort();
}
