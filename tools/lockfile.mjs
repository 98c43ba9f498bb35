// Checks the lock file: it names no registry, so that it works behind any mirror, and it knows the
// binaries of every platform. npm leaves out those that the registry at hand doesn't have, and
// `npm ci` then fails wherever it does have them.
import { readFileSync } from 'node:fs';
import { fromRoot } from './lib/paths.mjs';
import { reportFindings } from './lib/findings.mjs';

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @param {string} file
 * @param {string} text the lock file
 * @returns {string[]} what is wrong with it
 */
export function checkLockFile(file, text) {
  /** @type {Record<string, LockEntry>} */
  const packages = JSON.parse(text).packages;
  const installed = Object.entries(packages).filter(([path]) => path.includes('node_modules/'));
  const names = new Set(installed.map(([path]) => path.replace(/^.*node_modules\//, '')));
  const findings = [];
  if (/https?:\/\/[^"]*\.tgz/.test(text)) findings.push(`${file}: names a registry`);
  for (const [path, entry] of installed) {
    if (entry.link) continue;
    if (!entry.integrity) findings.push(`${file}: ${path} has no integrity hash`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!names.has(name)) findings.push(`${file}: ${path} lacks its optional ${name}`);
    }
  }
  return findings;
}

/** @returns {string[]} */
function checkAll() {
  return ['', 'tools/runtimes/', 'tools/release-dry/'].flatMap((folder) => {
    const file = `${folder}package-lock.json`;
    return checkLockFile(file, readFileSync(fromRoot(file), 'utf8'));
  });
}

if (import.meta.filename === process.argv[1]) reportFindings('lock files', checkAll());
