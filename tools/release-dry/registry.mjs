import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mustRun } from '../lib/run.mjs';

/**
 * @typedef {object} Registry
 * @property {NodeJS.ProcessEnv} env points npm at the registry
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a registry in this process, so that it ends with it. Our own packages are only what gets
 * published here; all others come from the registry that npm is configured with.
 *
 * @param {string} folder for its data
 * @returns {Promise<Registry>}
 */
export async function startRegistry(folder) {
  const upstream = await mustRun('npm', ['config', 'get', 'registry'], { quiet: true });
  const file = join(folder, 'config.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(configure(folder, upstream.trim())));

  const load = createRequire(import.meta.url);
  /** @type {{ runServer: (file: string) => Promise<import('node:http').Server> }} */
  const verdaccio = load('verdaccio');
  const server = await verdaccio.runServer(file);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const host = `127.0.0.1:${String(port)}`;

  // npm publishes only with a token. This registry takes any.
  const settings = join(folder, 'npmrc');
  writeFileSync(settings, `registry=http://${host}/\n//${host}/:_authToken=anyone\n`);
  return {
    env: { npm_config_userconfig: settings, npm_config_registry: `http://${host}/` },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * @param {string} folder
 * @param {string} upstream
 * @returns {unknown} the configuration, of which JSON is one way to write YAML
 */
function configure(folder, upstream) {
  const everyone = { access: '$all', publish: '$all', unpublish: '$all' };
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: { upstream: { url: upstream, timeout: '120s', max_fails: 20, fail_timeout: '1s' } },
    packages: { '@highway/*': everyone, '**': { access: '$all', proxy: 'upstream' } },
    web: { enable: false },
    log: { type: 'file', path: join(folder, 'registry.log'), format: 'json', level: 'warn' },
  };
}
