// Bundles what users would import from the built package, minified and tree-shaken, and compares the
// compressed sizes with the budgets of size-budgets.json (in bytes).
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { reportFindings } from './lib/findings.mjs';
import { fromRoot, root } from './lib/paths.mjs';

/**
 * @typedef {object} Budget
 * @property {string} name
 * @property {string} code the import, as a user would write it
 * @property {'gzip' | 'brotli'} [compression] the one that the limit is for
 * @property {number} [limit] without one, the size is only shown
 * @property {number} [goal] what the limit should come down to
 */

/**
 * @param {string} code
 * @returns {Promise<{ minified: number, gzip: number, brotli: number }>}
 */
async function measure(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    legalComments: 'none',
    write: false,
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array();
  const gzip = gzipSync(bundle, { level: 9 }).length;
  return { minified: bundle.length, gzip, brotli: brotliCompressSync(bundle).length };
}

/** @type {Budget[]} */
const budgets = JSON.parse(readFileSync(fromRoot('tools/size-budgets.json'), 'utf8'));
const findings = [];
for (const { name, code, compression, limit, goal } of budgets) {
  const sizes = await measure(code);
  const shown = Object.entries(sizes).map(([kind, bytes]) => `${kind} ${String(bytes)}`);
  console.log(
    `${name}: ${shown.join(', ')} bytes${limit ? `, limit ${String(limit)}` : ''}${goal ? `, goal ${String(goal)}` : ''}`,
  );
  if (compression !== undefined && limit !== undefined && sizes[compression] > limit) {
    findings.push(
      `${name}: ${String(sizes[compression] - limit)} bytes above its ${compression} budget`,
    );
  }
}
reportFindings('sizes', findings);
