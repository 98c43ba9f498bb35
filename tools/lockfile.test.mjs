import { expect, it } from 'vitest';
import { checkLockFile } from './lockfile.mjs';

/** @param {Record<string, object>} packages */
function check(packages) {
  return checkLockFile('lock', JSON.stringify({ packages }));
}

const integrity = 'sha512-a';

it('accepts packages with hashes, links and every optional package', () => {
  const optionalDependencies = { b: '1.0.0' };
  const packages = {
    'packages/core': { version: '0.1.0' },
    'node_modules/core': { resolved: 'packages/core', link: true },
    'node_modules/a': { version: '1.0.0', integrity, optionalDependencies },
    'node_modules/a/node_modules/b': { version: '1.0.0', integrity },
  };
  expect(check(packages)).toEqual([]);
});

it('reports a registry, a missing hash and a missing optional package', () => {
  const resolved = 'https://registry.example/a/-/a-1.0.0.tgz';
  expect(check({ 'node_modules/a': { resolved, integrity } })).toEqual(['lock: names a registry']);
  expect(check({ 'node_modules/a': {} })).toEqual(['lock: node_modules/a has no integrity hash']);
  const optionalDependencies = { b: '1.0.0' };
  expect(check({ 'node_modules/a': { integrity, optionalDependencies } })).toEqual([
    'lock: node_modules/a lacks its optional b',
  ]);
});
