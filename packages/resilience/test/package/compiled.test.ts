import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from '../support/consumer.ts';

// Classes as users write them, compiled by the real compiler against the packed types, and run.
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
let consumer: Consumer;

beforeAll(() => {
  consumer = new Consumer();
  consumer.write('package.json', '{ "private": true, "type": "module" }');
  cpSync(fixtures, consumer.folder, { recursive: true });
}, 60_000);

afterAll(() => {
  consumer.remove();
});

/** What the compiler says of a project; empty where it says nothing. */
function compile(project: string): string {
  const args = [compiler, '--project', join(consumer.folder, project), '--pretty', 'false'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
}

describe('a class with legacy decorators and emitted metadata', { timeout: 60_000 }, () => {
  it('compiles, keeps its routes and guards, and runs', () => {
    expect(compile('legacy')).toBe('');
    const route = { guards: ['admin'], returns: 'Promise' };
    expect(consumer.evaluate('legacy.mjs', `await import('./legacy/out/main.js');`)).toEqual({
      routes: ['above', 'below', 'between'].map((name) => ({ ...route, name, path: name })),
      prefix: 'payments',
      parameters: 'Ledger',
      above: '5 of 2',
      below: ['a', 'b'],
      version: 7,
      attempts: 2,
      outcomes: 5,
    });
  });
});

describe('a class with standard decorators', { timeout: 60_000 }, () => {
  it('compiles and runs', () => {
    expect(compile('standard')).toBe('');
    expect(consumer.evaluate('standard.mjs', `await import('./standard/out/main.js');`)).toEqual({
      name: 'charge',
      charge: '6 EUR',
      echo: ['a', 'b'],
      version: 7,
      secret: 2,
      attempts: 2,
      state: 'CLOSED',
    });
  });
});

describe('the types', { timeout: 120_000 }, () => {
  it('need no more than ES2022 and the DOM of a compiler that checks libraries too', () => {
    const code = `
      import { CircuitBreakerPolicy } from '@highway/resilience';
      import { ManualClock } from '@highway/resilience/testing';
      const breaker = new CircuitBreakerPolicy({ clock: new ManualClock() });
      breaker.isolate()[Symbol.dispose]();`;
    const compilerOptions = {
      target: 'ES2022',
      module: 'ESNext',
      moduleResolution: 'bundler',
      lib: ['ES2022', 'DOM'],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    consumer.write('strict/main.ts', code);
    consumer.write('strict/tsconfig.json', JSON.stringify({ compilerOptions }));
    expect(compile('strict')).toBe('');
  });
});
