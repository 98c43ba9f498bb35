import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fromRoot } from '../lib/paths.mjs';
import { anchorsOf, linksOf } from './markdown.mjs';

/**
 * Checks the links of a Markdown file: what lies in the repository has to exist, with its anchor;
 * of the others only the syntax is checked.
 *
 * @param {string} file relative to the root
 * @returns {string[]} the dead links
 */
export function checkLinks(file) {
  return linksOf(readFileSync(fromRoot(file), 'utf8'))
    .filter(({ target }) => !isAlive(file, target))
    .map(({ line, target }) => `${file}:${String(line)}: dead link ${target}`);
}

/**
 * @param {string} file
 * @param {string} target
 * @returns {boolean}
 */
function isAlive(file, target) {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return URL.canParse(target);
  const [path = '', anchor] = decodeURI(target).split('#');
  const destination = path === '' ? file : posix.join(posix.dirname(file), path);
  if (destination.startsWith('..') || !existsSync(fromRoot(destination))) return false;
  if (anchor === undefined || !destination.endsWith('.md')) return true;
  return anchorsOf(readFileSync(fromRoot(destination), 'utf8')).has(anchor);
}
