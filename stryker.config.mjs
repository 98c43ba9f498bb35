// Mutation testing, on demand: coverage can't see an assertion that is made on the wrong object.
const config = {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.mjs', related: true },
  mutate: [
    'packages/resilience/src/circuit-breaker/*.ts',
    'packages/resilience/src/retry/*.ts',
    '!**/*.test.ts',
    '!**/index.ts',
  ],
  // Messages are read by people; tests that repeat them word for word would only make them rigid.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  ignorePatterns: ['dist', 'docs', 'reports', 'tools/runtimes/node_modules'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'html'],
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};

export default config;
