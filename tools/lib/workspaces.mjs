import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fromRoot } from './paths.mjs';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string[]} [workspaces]
 * @property {Record<string, string>} [engines]
 * @property {string} [main]
 * @property {string} [types]
 * @property {Record<string, Record<string, string[]>>} [typesVersions]
 * @property {Record<string, { types: string, default: string }>} [exports]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @param {string} folder relative to the root; empty for the root itself
 * @returns {Manifest}
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(fromRoot(`${folder}/package.json`), 'utf8'));
}

/**
 * The folders of all workspaces, relative to the root.
 *
 * @returns {string[]}
 */
export function workspaceFolders() {
  return (readManifest('').workspaces ?? []).flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    if (!existsSync(fromRoot(parent))) return [];
    return readdirSync(fromRoot(parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(fromRoot(`${folder}/package.json`)));
  });
}

/**
 * The folders of the packages that are published, relative to the root.
 *
 * @returns {string[]}
 */
export function publishedFolders() {
  return workspaceFolders().filter((folder) => readManifest(folder).private !== true);
}

/**
 * The entry points of one package: the specifier that users write, and the source file behind it.
 *
 * @param {string} folder
 * @returns {{ specifier: string, source: string }[]}
 */
export function entryPoints(folder) {
  const { name, exports = {} } = readManifest(folder);
  return Object.entries(exports).map(([subpath, target]) => ({
    specifier: name + subpath.slice(1),
    source: `${folder}/${target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`,
  }));
}

/**
 * Vite aliases from every entry point to its source, those of private packages included.
 *
 * @returns {{ find: RegExp, replacement: string }[]}
 */
export function sourceAliases() {
  return workspaceFolders()
    .flatMap(entryPoints)
    .map(({ specifier, source }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fromRoot(source),
    }));
}
