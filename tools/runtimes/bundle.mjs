import { join } from 'node:path';
import { build } from 'esbuild';
import { listFiles } from '../lib/files.mjs';
import { fromRoot } from '../lib/paths.mjs';

/**
 * Bundles the behaviour tests of a package into one module that exports `runAll()`. The packages
 * come from where their tarballs are installed, and Vitest from its stand-in.
 *
 * @param {string} installed the folder with the installed packages
 * @returns {Promise<string>} the bundle's path
 */
export async function bundleTests(installed) {
  const outfile = join(installed, 'tests.mjs');
  const shim = fromRoot('tools/runtimes/shim');
  const files = listFiles('packages/resilience/test/behaviour', /\.test\.ts$/);
  const loaders = files.map((file) => {
    return `${JSON.stringify(`/${file}`)}: () => import(${JSON.stringify(fromRoot(file))}),`;
  });
  await build({
    stdin: {
      contents: `import { runTests } from '${shim}/run-tests.mjs';
        export const runAll = () => runTests({ ${loaders.join('\n')} });`,
      resolveDir: shim,
    },
    alias: { vitest: `${shim}/vitest.mjs` },
    plugins: [resolvePackagesFrom(installed)],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    outfile,
  });
  return outfile;
}

/**
 * @param {string} folder
 * @returns {import('esbuild').Plugin}
 */
function resolvePackagesFrom(folder) {
  return {
    name: 'installed-packages',
    setup(build) {
      build.onResolve({ filter: /^@highway\// }, ({ path, kind, resolveDir }) =>
        resolveDir === folder ? null : build.resolve(path, { kind, resolveDir: folder }),
      );
    },
  };
}
