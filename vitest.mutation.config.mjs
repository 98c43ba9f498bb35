import { defineConfig } from 'vitest/config';
import { sourceAliases } from './tools/lib/workspaces.mjs';

// For mutation testing: the library's unit tests alone, and no type tests, which see no mutants.
export default defineConfig({
  resolve: { alias: sourceAliases() },
  esbuild: { target: 'es2022' },
  test: {
    include: ['packages/resilience/{src,test}/**/*.test.ts'],
    exclude: ['**/test/package/**', '**/node_modules/**'],
  },
});
