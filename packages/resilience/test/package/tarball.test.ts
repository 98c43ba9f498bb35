import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What users get: these tests see the packed and installed package alone, so they need a build.
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), 'highway-consumer-'));
const installed = join(consumer, 'node_modules/@highway/resilience');

function run(command: string, args: readonly string[], cwd: string = consumer): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8' });
}

/** Runs a program in the consumer's folder, and hands back what it printed as JSON. */
function evaluate(file: string, code: string): unknown {
  writeFileSync(join(consumer, file), code);
  return JSON.parse(run(process.execPath, ['--no-warnings', file]));
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

beforeAll(() => {
  const flags = ['--loglevel=error', '--no-audit', '--no-fund'];
  run('npm', ['pack', ...flags, `--pack-destination=${consumer}`], packageFolder);
  const [tarball = ''] = readdirSync(consumer).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(consumer, 'package.json'), '{ "private": true }');
  run('npm', ['install', ...flags, join(consumer, tarball)]);
}, 60_000);

afterAll(() => {
  rmSync(consumer, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('brings its sources and types along, and no tests', () => {
    const files = filesOf(installed);
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(files).toContain('dist/testing/index.js');
    expect(files).toContain('src/index.ts');
    expect(files).toContain('LICENSE');
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('holds nothing that was compiled from a source that is gone', () => {
    const orphans = filesOf(join(installed, 'dist'))
      .filter((file) => file.endsWith('.js'))
      .filter((file) => !existsSync(join(installed, 'src', file.replace(/\.js$/, '.ts'))));
    expect(orphans).toEqual([]);
  });

  it('installs nothing else', () => {
    const packages = filesOf(join(consumer, 'node_modules')).filter((file) =>
      file.endsWith('/package.json'),
    );
    expect(packages).toEqual(['@highway/resilience/package.json']);
  });

  it('has source maps that lead to the sources', () => {
    const maps = filesOf(installed).filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    const missing = maps.flatMap((file) => {
      const map = JSON.parse(readFileSync(join(installed, file), 'utf8')) as { sources: string[] };
      return map.sources
        .map((source) => resolve(installed, dirname(file), source))
        .filter((source) => !existsSync(source));
    });
    expect(missing).toEqual([]);
  });

  it('gives ES modules and CommonJS the same exports', () => {
    const keys = 'console.log(JSON.stringify([a, b].map((module) => Object.keys(module).sort())))';
    const imported = evaluate(
      'consumer.mjs',
      `import * as a from '@highway/resilience'; import * as b from '@highway/resilience/testing'; ${keys}`,
    );
    const required = evaluate(
      'consumer.cjs',
      `const a = require('@highway/resilience'), b = require('@highway/resilience/testing'); ${keys}`,
    );
    expect(required).toEqual(imported);
  });

  it('closes every path that is no entry point', () => {
    const code = `import('@highway/resilience/dist/index.js').catch((error) => {
      console.log(JSON.stringify(error.code));
    });`;
    expect(evaluate('closed.mjs', code)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
