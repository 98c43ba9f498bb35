import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from '../support/consumer.ts';

// What users get: these tests see the packed and installed package alone, so they need a build.
let consumer: Consumer;

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

beforeAll(() => {
  consumer = new Consumer();
}, 60_000);

afterAll(() => {
  consumer.remove();
});

describe('the packed package', { timeout: 30_000 }, () => {
  it('includes its sources and types, and no tests', () => {
    const files = filesOf(consumer.installed);
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(files).toContain('dist/testing/index.js');
    expect(files).toContain('src/index.ts');
    expect(files).toContain('LICENSE');
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('contains nothing that was compiled from a deleted source', () => {
    const orphans = filesOf(join(consumer.installed, 'dist'))
      .filter((file) => file.endsWith('.js'))
      .filter((file) => !existsSync(join(consumer.installed, 'src', file.replace(/\.js$/, '.ts'))));
    expect(orphans).toEqual([]);
  });

  it('has no dependencies', () => {
    const packages = filesOf(join(consumer.folder, 'node_modules')).filter((file) =>
      file.endsWith('/package.json'),
    );
    expect(packages).toEqual(['@highway/resilience/package.json']);
  });

  it('has source maps that lead to the sources', () => {
    const maps = filesOf(consumer.installed).filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    const missing = maps.flatMap((file) => {
      const text = readFileSync(join(consumer.installed, file), 'utf8');
      const map = JSON.parse(text) as { sources: string[] };
      return map.sources
        .map((source) => resolve(consumer.installed, dirname(file), source))
        .filter((source) => !existsSync(source));
    });
    expect(missing).toEqual([]);
  });

  it('has the same exports for ES modules and CommonJS', () => {
    const keys = 'console.log(JSON.stringify([a, b].map((module) => Object.keys(module).sort())))';
    const imported = consumer.evaluate(
      'consumer.mjs',
      `import * as a from '@highway/resilience'; import * as b from '@highway/resilience/testing'; ${keys}`,
    );
    const required = consumer.evaluate(
      'consumer.cjs',
      `const a = require('@highway/resilience'), b = require('@highway/resilience/testing'); ${keys}`,
    );
    expect(required).toEqual(imported);
  });

  it.each([
    'dist/index.js',
    'dist/policies/circuit-breaker/index.js',
    'dist/pipeline/scope.js',
    'src/index.ts',
    'policies/circuit-breaker',
    'pipeline/scope',
    'package.json',
  ])('does not export %s', (path) => {
    const code = `import('@highway/resilience/${path}').catch((error) => {
      console.log(JSON.stringify(error.code));
    });`;
    expect(consumer.evaluate('closed.mjs', code)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
