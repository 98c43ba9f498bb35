import process from 'node:process';
import { fromRoot } from '../../lib/paths.mjs';
import { allPackages, program, runCheck } from './program.mjs';

const server = { server: true };
const files = {
  'esm.mjs': `${program('import', server)}await check();\n`,
  'import.cjs': program('dynamic import', server) + runCheck,
  'require.cjs': program('require', server) + runCheck,
};

/**
 * @param {string} version
 * @param {string} node the program
 * @returns {import('./index.mjs').App}
 */
function app(version, node) {
  return {
    name: `Node ${version}`,
    dependencies: allPackages,
    files,
    variants: [
      { variant: 'ESM', steps: [[node, 'esm.mjs']] },
      { variant: 'CommonJS, import()', steps: [[node, 'import.cjs']] },
      { variant: 'CommonJS, require()', steps: [[node, 'require.cjs']] },
      { variant: 'the command line', steps: [[node, 'node_modules/.bin/highway', '--help']] },
    ],
  };
}

/** The two oldest versions that `engines` allows, and the one at hand. */
export const nodeApps = [
  app('20.19.0', fromRoot('tools/release-dry/node_modules/node20/bin/node')),
  app('22.12.0', fromRoot('tools/release-dry/node_modules/node22/bin/node')),
  app(process.versions.node, process.execPath),
];
