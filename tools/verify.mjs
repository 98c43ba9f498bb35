// `npm run verify`: everything that has to hold before a change goes in, in the order in which it
// fails fastest. `--no-tests` leaves the unit tests out, for those who have just run them.
import { run } from './lib/run.mjs';
import { build, ensureInstalled } from './lib/setup.mjs';
import { printSummary } from './lib/summary.mjs';

/** @type {readonly [name: string, command: string, ...args: string[]][]} */
const steps = [
  ['formatting', 'prettier', '--check', '--log-level=warn', '.'],
  ['lint', 'eslint', '.', '--max-warnings', '0'],
  ['types of tests and tools', 'node', 'tools/typecheck.mjs'],
  ['unused files, exports and dependencies', 'knip'],
  ['imports', 'npm', 'run', '--silent', 'imports'],
  ['lock files', 'node', 'tools/lockfile.mjs'],
  ['real sleeps in tests', 'node', 'tools/sleeps.mjs'],
  ['generated files', 'node', 'tools/generate.mjs', '--check'],
  ['sizes', 'node', 'tools/sizes.mjs'],
  ['documentation', 'node', 'tools/docs.mjs'],
  ['packages', 'node', 'tools/package-check.mjs'],
  ['unit tests', 'node', 'tools/test.mjs'],
];
const withTests = !process.argv.includes('--no-tests');

const counts = { passed: 0, failed: 0 };
try {
  await ensureInstalled();
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  counts.failed += 1;
}
for (const [name, command, ...args] of counts.failed === 0 ? steps : []) {
  if (name === 'unit tests' && !withTests) continue;
  const started = performance.now();
  console.log(`\n▶ ${name}`);
  const { code } = await run(command, args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✔' : '✘'} ${name} (${seconds} s)`);
  counts[code === 0 ? 'passed' : 'failed'] += 1;
}
console.log();
printSummary(counts);
