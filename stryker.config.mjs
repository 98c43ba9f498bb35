// Mutation testing, on demand: coverage can't see an assertion that is made on the wrong object.
const source = 'packages/resilience/src';
const config = {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.mjs', related: true },
  // The code that decides: what only passes calls on is held by the behaviour tests.
  mutate: [
    `${source}/backoff.ts`,
    `${source}/circuit-breaker/{gate,machine,options,ramp,rate,snapshot,thresholds}.ts`,
    `${source}/internal/{count-window,outcomes,time-window}.ts`,
    `${source}/retry/{machine,options,retry}.ts`,
  ],
  // Messages are read by people; tests that repeat them word for word would only make them rigid.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  ignorePatterns: ['dist', 'docs', 'reports', 'tools/runtimes/node_modules'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'html'],
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};

export default config;
