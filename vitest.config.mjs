import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { sourceAliases, workspaceFolders } from './tools/lib/workspaces.mjs';

// Tests run on the sources: no build stands between a change and its test.
const alias = sourceAliases();

// Tests make many policies of one name, with times of some milliseconds.
const execArgv = ['DUPLICATE_NAME', 'SHORT_DURATION'].map(
  (code) => `--disable-warning=HIGHWAY_${code}`,
);

/** Every package, example and the benchmarks are a project of their own, and so are the tools. */
const projects = [...workspaceFolders(), 'tools'].map((folder) => ({
  resolve: { alias },
  // Decorators and `using` are newer than the oldest Node that the tests run on.
  esbuild: { target: 'es2022' },
  test: {
    name: folder.replace(/^.*\//, ''),
    root: folder,
    execArgv,
    // For tests that hang: a busy machine takes its time, and no test is about that.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    include: ['**/*.test.{ts,mjs}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**'],
    typecheck: {
      enabled: existsSync(new URL(`${folder}/test/types`, import.meta.url)),
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'tsconfig.test.json',
    },
  },
}));

export default defineConfig({
  test: {
    projects,
    coverage: {
      include: ['packages/*/src/**'],
      exclude: ['**/*.test.ts'],
      reporter: ['text', 'html'],
    },
  },
});
