// Mutation testing, on demand: coverage can't see an assertion that is made on the wrong object.
// `tools/mutation.mjs` runs it once for each part of `tools/mutation/parts.mjs`.
import { currentPart, packageOf, sandboxOf } from './tools/mutation/parts.mjs';

const part = currentPart();
const { name, mutate } = part;
const config = {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.mjs', related: true },
  mutate: mutate.map((glob) => `${packageOf(part)}/src/${glob}`),
  // Messages are read by people; tests that repeat them word for word would only make them rigid.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  ignorePatterns: ['dist', 'docs', 'reports', 'tools/runtimes/node_modules'],
  // Where no other tool looks for sources: what a run that was killed leaves there disturbs none.
  tempDirName: sandboxOf(name),
  cleanTempDir: 'always',
  coverageAnalysis: 'perTest',
  timeoutMS: 10_000,
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  htmlReporter: { fileName: `reports/mutation/${name}.html` },
  jsonReporter: { fileName: `reports/mutation/${name}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};

export default config;
