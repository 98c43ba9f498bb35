import { fileURLToPath } from 'node:url';

/** The root of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {string} path relative to the root of the repository
 * @returns {string} the absolute path
 */
export function fromRoot(path) {
  return root + path;
}
