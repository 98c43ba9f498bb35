import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { fromRoot } from '../lib/paths.mjs';
import { entryPoints, workspaceFolders } from '../lib/workspaces.mjs';

/**
 * Loads a module of a simulation. It is bundled for that, since Node 20 reads no TypeScript.
 *
 * @param {string} file from the root
 * @returns {Promise<any>}
 */
export async function loadModule(file) {
  const folder = fromRoot('node_modules/.cache/highway-pictures');
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/${path.basename(file, '.ts')}.mjs`;
  const entries = workspaceFolders().flatMap(entryPoints);
  const alias = Object.fromEntries(
    entries.map(({ specifier, source }) => [specifier, fromRoot(source)]),
  );
  await build({
    entryPoints: [fromRoot(file)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    alias,
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
