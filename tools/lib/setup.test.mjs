import { describe, expect, it } from 'vitest';
import { isInstalled } from './setup.mjs';

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
  it('accepts what npm installed, without the optional packages of other platforms', () => {
    expect(isInstalled(wanted, installed)).toBe(true);
  });

  it('refuses a package that is missing', () => {
    expect(isInstalled(wanted, { packages: {} })).toBe(false);
    expect(isInstalled(wanted, {})).toBe(false);
  });

  it('refuses a package of another version or another content', () => {
    const changed = structuredClone(installed);
    changed.packages['node_modules/left'].integrity = 'sha512-c';
    expect(isInstalled(wanted, changed)).toBe(false);
  });
});
