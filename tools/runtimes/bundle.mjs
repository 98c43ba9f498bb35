import { join } from 'node:path';
import { build } from 'esbuild';
import { listFiles } from '../lib/files.mjs';
import { fromRoot } from '../lib/paths.mjs';

/** What browsers have nothing for: they lack AsyncLocalStorage, which is Node's. */
const notInBrowsers = ['async-context.test.ts'];

/**
 * Bundles the behaviour tests of packages into modules that export `runAll()`: `tests.mjs`, and
 * `tests-in-browsers.mjs` with those that browsers can run. The packages come from where their
 * tarballs are installed, and Vitest from its stand-in.
 *
 * @param {readonly string[]} packages their folders
 * @param {string} installed the folder with the installed packages
 */
export async function bundleTests(packages, installed) {
  const files = packages.flatMap((each) => listFiles(`${each}/test/behaviour`, /\.test\.ts$/));
  const inBrowsers = files.filter((file) => !notInBrowsers.some((name) => file.endsWith(name)));
  await bundle(installed, 'tests.mjs', files);
  await bundle(installed, 'tests-in-browsers.mjs', inBrowsers);
}

/**
 * @param {string} installed
 * @param {string} name of the module
 * @param {string[]} files
 */
async function bundle(installed, name, files) {
  const shim = fromRoot('tools/runtimes/shim');
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
    plugins: [resolvePackagesFrom(installed), leaveOutTheOrigin],
    external: ['node:async_hooks'],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    outfile: join(installed, name),
  });
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

/** The HTTP server of the tests runs as a process of its own, so that no runtime has to load its modules. */
const leaveOutTheOrigin = {
  name: 'no-origin',
  /** @param {import('esbuild').PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /\/origin-server\.ts$/ }, () => ({
      contents: 'export const startOriginServer = undefined;',
    }));
  },
};
