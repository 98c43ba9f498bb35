import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Serves the tests as a worker, and asks it once.
 *
 * @param {string} binary
 * @param {string} folder of the bundle
 * @param {string} origin the address of the HTTP server
 * @returns {Promise<import('./shim/run-tests.mjs').Report>}
 */
export async function runInWorkerd(binary, folder, origin) {
  // The port is free for the choosing: workerd tells it on a control channel.
  const child = spawn(binary, ['serve', '--control-fd=3', join(folder, 'workerd.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, HIGHWAY_TEST_ORIGIN: origin },
  });
  try {
    const port = await readPort(child);
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, {
      signal: AbortSignal.timeout(120_000),
    });
    if (!response.ok) throw new Error(`workerd answered ${String(response.status)}`);
    return /** @type {any} */ (await response.json());
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function readPort(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`workerd ended with exit code ${String(code)}`)));
    let text = '';
    child.stdio[3]?.on('data', (chunk) => {
      text += String(chunk);
      const port = /"event":"listen".*"port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
