import { startTests } from '@vitest/runner';
import { resetExpect } from './vitest.mjs';

/**
 * @typedef {object} Report
 * @property {number} passed
 * @property {string[]} failures names and messages
 */

/** @typedef {import('@vitest/runner').Task} Task */

/** @type {import('@vitest/runner').VitestRunner['config']} */
const config = {
  root: '/',
  name: undefined,
  setupFiles: [],
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 5,
  // For tests that hang: a busy machine takes its time.
  testTimeout: 30_000,
  hookTimeout: 30_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: true,
};

/**
 * Runs test files that are part of the bundle.
 *
 * @param {Record<string, () => Promise<unknown>>} files loaders by path
 * @returns {Promise<Report>}
 */
export async function runTests(files) {
  const specifications = Object.keys(files).map((filepath) => ({ filepath }));
  const tasks = await startTests(specifications, {
    config,
    importFile: (filepath) => files[filepath]?.(),
    onBeforeTryTask: resetExpect,
  });
  /** @type {Report} */
  const report = { passed: 0, failures: [] };
  for (const task of tasks) collect(task, task.name, report);
  return report;
}

/**
 * @param {Task} task
 * @param {string} name
 * @param {Report} report
 */
function collect(task, name, report) {
  const failed = task.result?.state === 'fail';
  const children = task.type === 'suite' ? task.tasks : [];
  for (const child of children) collect(child, `${name} > ${child.name}`, report);
  if (task.type === 'test' && task.result?.state === 'pass') report.passed += 1;
  // A suite's own errors are those of its hooks, and of a file that doesn't load.
  const errors = task.result?.errors ?? [];
  const skipped = task.type === 'test' && !failed && task.result?.state !== 'pass';
  if (skipped) report.failures.push(`${name}: was not run`);
  else if (failed && (task.type === 'test' || errors.length > 0)) {
    report.failures.push(
      `${name}: ${errors.map((error) => error.stack ?? error.message).join('\n')}`,
    );
  }
}
