import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fromRoot } from '../lib/paths.mjs';

/**
 * Starts the HTTP server of the tests as a process of its own, since most runtimes cannot start one.
 *
 * @param {string} folder for the compiled program
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export async function startOrigin(folder) {
  const program = join(folder, 'origin-server.mjs');
  await build({
    entryPoints: [fromRoot('packages/http/test/support/origin-server.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: program,
  });
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It does not outlive this process, whatever ends it.
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return { address: String(line).trim(), close: () => child.kill('SIGKILL') };
}
