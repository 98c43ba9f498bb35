import { defineConfig } from 'vitest/config';
import { sourceAliases } from './tools/lib/workspaces.mjs';

// For mutation testing: the library's fast tests alone, and no type tests, which see no mutants.
// Properties are tried a few times each, always the same ones, so that a mutant's fate is the same
// in every run.
export default defineConfig({
  resolve: { alias: sourceAliases() },
  esbuild: { target: 'es2022' },
  test: {
    include: [
      'packages/resilience/src/**/*.test.ts',
      'packages/resilience/test/property/*.test.ts',
    ],
    env: { PROPERTY_SEED: '20', PROPERTY_RUNS: '0.04' },
  },
});
