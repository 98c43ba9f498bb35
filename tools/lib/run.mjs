import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { fromRoot, root } from './paths.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the root of the repository
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment
 * @property {number} [timeoutMs] end the program after this time
 * @property {boolean} [quiet] keep the output back, and hand it over in the result
 */

/**
 * Runs a program to its end. Nothing is thrown for a failed run: callers decide on the exit code.
 * Programs of the development dependencies are found by their bare names, as in npm scripts.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = {}, quiet = false, timeoutMs } = options;
  const path = fromRoot('node_modules/.bin') + delimiter + (process.env['PATH'] ?? '');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env, PATH: path },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Like {@link run}, for steps without which the rest makes no sense.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} the output, where `quiet` kept it back
 */
export async function mustRun(command, args, options = {}) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  process.stderr.write(output);
  throw new Error(`${command} ${args.join(' ')} ended with exit code ${String(code)}`);
}
