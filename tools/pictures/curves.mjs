import { mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { fromRoot } from '../lib/paths.mjs';

/** @typedef {import('../../packages/resilience/test/simulation/curves.ts').Curves} Curves */

/**
 * Runs the simulation. It is bundled for that, since Node 20 reads no TypeScript.
 *
 * @returns {Promise<Curves>}
 */
export async function loadCurves() {
  const folder = fromRoot('node_modules/.cache/highway-pictures');
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/curves.mjs`;
  await build({
    entryPoints: [fromRoot('packages/resilience/test/simulation/curves.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'warning',
  });
  const { curves } = await import(pathToFileURL(outfile).href);
  return curves();
}
