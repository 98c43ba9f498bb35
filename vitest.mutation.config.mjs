import { defineConfig } from 'vitest/config';
import { sourceAliases } from './tools/lib/workspaces.mjs';
import { currentPart, packageOf } from './tools/mutation/parts.mjs';

const part = currentPart();

// For mutation testing: the part's fast tests alone, and no type tests, which see no mutants.
// Properties are tried a few times each, always the same ones, so that a mutant's fate is the same
// in every run.
export default defineConfig({
  resolve: { alias: sourceAliases() },
  esbuild: { target: 'es2022' },
  test: {
    include: part.tests.map((glob) => `${packageOf(part)}/${glob}`),
    // Many mutants leave a test waiting; none of these tests takes long.
    testTimeout: 2_000,
    env: { PROPERTY_SEED: '20', PROPERTY_RUNS: '0.04' },
  },
});
