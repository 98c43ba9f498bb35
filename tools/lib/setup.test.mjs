import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isInstalled, removeOrphans } from './setup.mjs';

const wanted = {
  packages: {
    '': {},
    'packages/core': { version: '1.0.0' },
    'node_modules/core': { link: true },
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/other-platform': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  },
};
const installed = {
  packages: {
    'node_modules/core': { link: true },
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-a' },
  },
};

describe('isInstalled', () => {
  it('is true for what npm installed, without the optional packages of other platforms', () => {
    expect(isInstalled(wanted, installed)).toBe(true);
  });

  it('is false if a package is missing', () => {
    expect(isInstalled(wanted, { packages: {} })).toBe(false);
    expect(isInstalled(wanted, {})).toBe(false);
  });

  it('is false if a package has another version or other content', () => {
    const changed = structuredClone(installed);
    changed.packages['node_modules/left'].integrity = 'sha512-c';
    expect(isInstalled(wanted, changed)).toBe(false);
  });
});

describe('removeOrphans', () => {
  it('removes compiled files without a source, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'highway-orphans-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['src', 'dist']) mkdirSync(join(folder, name));
    const files = ['a.js', 'a.js.map', 'a.d.ts', 'b.js', 'b.d.ts', 'b.d.ts.map', '.tsbuildinfo'];
    writeFileSync(join(folder, 'src/a.ts'), '');
    for (const file of files) writeFileSync(join(folder, 'dist', file), '');
    removeOrphans(folder);
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual([
      '.tsbuildinfo',
      'a.d.ts',
      'a.js',
      'a.js.map',
    ]);
  });
});
