/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * Prints the counts as the last line of a run, and makes the exit code true to them. A run that
 * checked nothing has failed.
 *
 * @param {Counts} counts
 */
export function printSummary({ passed, failed }) {
  console.log(`${String(passed)} passed, ${String(failed)} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
