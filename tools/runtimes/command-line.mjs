import { join } from 'node:path';
import { mustRun } from '../lib/run.mjs';

/** @typedef {import('./shim/run-tests.mjs').Report} Report */

/**
 * Runs the tests in a runtime with a command line, and reads the report from its last line.
 *
 * @param {object} how
 * @param {string} how.folder of the bundle
 * @param {string} how.origin the address of the HTTP server
 * @param {string} how.command
 * @param {readonly string[]} [how.args] before the program's name
 * @returns {Promise<Report>}
 */
export async function runOnCommandLine({ folder, origin, command, args = [] }) {
  const program = join(folder, 'command-line.mjs');
  const env = { HIGHWAY_TEST_ORIGIN: origin };
  const options = { cwd: folder, quiet: true, timeoutMs: 120_000, env };
  const output = await mustRun(command, [...args, program], options);
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(lastLine);
}
