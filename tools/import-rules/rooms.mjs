import { posix } from 'node:path';
import { roomTable } from './table.mjs';

/** @typedef {import('./table.mjs').Room} Room */

/** The entry points in `src` itself. */
const entries = ['index.ts', 'options.ts', 'supervision.ts'];

/**
 * @param {string} file relative to the core's `src`
 * @returns {Room}
 */
function roomOf(file) {
  if (entries.includes(file)) return 'index';
  const [folder] = file.split('/');
  if (folder === file) return 'leaf';
  return folder !== undefined && isRoom(folder) ? folder : 'policy';
}

/**
 * @param {string} name
 * @returns {name is Room}
 */
function isRoom(name) {
  return Object.hasOwn(roomTable, name);
}

/**
 * Checks one import inside the core.
 *
 * @param {string} file the importing file, relative to the core's `src`
 * @param {string} specifier what it imports, as written
 * @returns {string | undefined} what is wrong with it
 */
export function checkCoreImport(file, specifier) {
  if (!specifier.startsWith('.'))
    return `${file}: imports ${specifier}, but the core imports nothing`;
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith('..')) return `${file}: imports ${specifier}, out of src`;
  const from = roomOf(file);
  const to = roomOf(target);
  const sameFolder = from !== 'leaf' && file.split('/')[0] === target.split('/')[0];
  if (sameFolder || roomTable[from].includes(to)) return undefined;
  return `${file} (${from}): must not import ${target} (${to})`;
}
