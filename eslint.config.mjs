import js from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import checkFile from 'eslint-plugin-check-file';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';
import * as exceptions from './tools/exceptions.mjs';
import {
  bannedGlobals,
  bannedProperties,
  bannedReadings,
  bannedSyntax,
  bannedTime,
} from './tools/lint/banned-globals.mjs';

const sources = ['packages/*/src/**/*.ts', 'servers/src/**/*.ts'];
const tests = ['**/*.test.ts', '**/*.test-d.ts', '**/*.test.mjs', 'packages/*/test/**/*.ts'];
const privatePaths = {
  regex: '^@highway/[^/]+/(src|dist|lib)(/|$)',
  message: 'Import the entry points that the package exports.',
};

/** @param {string} rule */
function offFor(rule, /** @type {exceptions.Reasons} */ reasons) {
  const files = Object.keys(reasons);
  return files.length === 0 ? [] : [{ files, rules: { [rule]: /** @type {const} */ ('off') } }];
}

export default defineConfig(
  {
    ignores: [
      '**/dist/**',
      '**/coverage/**',
      '**/reports/**',
      '**/fixtures/**',
      '**/*.generated.ts',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { 'check-file': checkFile, 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.mjs', '.js'],
      // A bundle of half a megabyte in one line, which no parser gets through in reasonable time.
      'import-x/ignore': ['node_modules/@electric-sql/pglite/'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js'] })],
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: [privatePaths] }],
      'max-lines': ['error', 400],
      'check-file/filename-naming-convention': [
        'error',
        { '**/*.{ts,mjs,js}': 'KEBAB_CASE' },
        { ignoreMiddleExtensions: true },
      ],
      'import-x/no-self-import': 'error',
      'import-x/no-duplicates': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Interfaces and aliases differ in what they can say; which one reads better is left to authors.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // With unchecked indexed access, it is how code says that an index is within its bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A getter on the prototype costs nothing for each instance, a field does.
      '@typescript-eslint/class-literal-property-style': 'off',
      // A caller's errors and reasons pass through as they are, whatever they are.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
    },
  },
  {
    files: sources,
    ignores: tests,
    rules: {
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', { max: 4 }],
      'import-x/no-default-export': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // A policy is a class whose instances can be called, which only a merged interface can say.
      '@typescript-eslint/no-unsafe-declaration-merging': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: [...tests, 'packages/resilience/src/testing/**', ...Object.keys(exceptions.globals)],
    rules: {
      'no-restricted-globals': ['error', ...bannedTime],
      'no-restricted-properties': ['error', ...bannedReadings],
    },
  },
  {
    files: ['packages/resilience/src/**/*.ts'],
    ignores: [...tests, 'packages/resilience/src/testing/**', ...Object.keys(exceptions.globals)],
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-syntax': ['error', ...bannedSyntax],
    },
  },
  {
    files: ['packages/resilience/src/**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [privatePaths, { regex: '^[^.]', message: 'The core imports nothing.' }] },
      ],
    },
  },
  {
    files: tests,
    plugins: { vitest },
    rules: {
      ...vitest.configs.recommended.rules,
      'vitest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'assert*', 'fc.assert', 'expectTypeOf'] },
      ],
      'vitest/no-focused-tests': 'error',
      'vitest/no-disabled-tests': 'error',
      'vitest/warn-todo': 'error',
      'vitest/valid-title': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    rules: {
      'max-lines-per-function': ['error', 60],
      'no-undef': 'off',
      // What is parsed from JSON gets its type from a comment, not from a chain of casts.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Nest's modules are empty classes, and its options are classes too.
    files: ['examples/recipes/src/nestjs*.ts'],
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  offFor('max-params', exceptions.maxParams),
  offFor('max-lines', exceptions.maxLines),
  offFor('max-lines-per-function', exceptions.maxLinesPerFunction),
);
