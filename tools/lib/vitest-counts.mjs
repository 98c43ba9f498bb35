import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults by file
 */

/**
 * Reads the counts from the report of Vitest's json reporter. Failures that belong to no test (a
 * file that doesn't load, an unhandled rejection, a type error) count as one each, or as one in
 * all where only the exit code tells of them.
 *
 * @param {string} file
 * @param {number} exitCode
 * @returns {import('./summary.mjs').Counts}
 */
export function readVitestCounts(file, exitCode) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  /** @type {Report} */
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
