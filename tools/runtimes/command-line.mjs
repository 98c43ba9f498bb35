import { join } from 'node:path';
import { mustRun } from '../lib/run.mjs';

/** @typedef {import('./shim/run-tests.mjs').Report} Report */

/**
 * Runs the tests in a runtime with a command line, and reads the report from its last line.
 *
 * @param {string} folder of the bundle
 * @param {string} command
 * @param {readonly string[]} [args] before the program's name
 * @returns {Promise<Report>}
 */
export async function runOnCommandLine(folder, command, args = []) {
  const program = join(folder, 'command-line.mjs');
  const options = { cwd: folder, quiet: true, timeoutMs: 120_000 };
  const output = await mustRun(command, [...args, program], options);
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(lastLine);
}
