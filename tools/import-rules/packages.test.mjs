import { describe, expect, it } from 'vitest';
import { checkManifest, checkPackageImport } from './packages.mjs';

const manifest = { name: 'any', version: '0.0.0' };

describe('checkManifest', () => {
  it('lets the core depend on nothing', () => {
    expect(checkManifest('resilience', manifest)).toEqual([]);
    const dependent = { ...manifest, dependencies: { tslib: '2.0.0' } };
    expect(checkManifest('resilience', dependent)).toEqual([
      'resilience: must not depend on tslib',
    ]);
  });

  it('judges peers and optional dependencies like others, and leaves development free', () => {
    const peers = { ...manifest, peerDependencies: { '@highway/fleet': '0.1.0' } };
    expect(checkManifest('http', peers)).toHaveLength(1);
    const development = { ...manifest, devDependencies: { '@highway/fleet': '0.1.0' } };
    expect(checkManifest('http', development)).toEqual([]);
  });

  it('asks for a place in the table', () => {
    expect(checkManifest('unheard-of', manifest)).toHaveLength(1);
  });
});

describe('checkPackageImport', () => {
  it('lets a package import what the table says, by any entry point', () => {
    const imported = { specifier: '@highway/resilience/testing', typeOnly: false };
    expect(checkPackageImport('fleet', imported)).toBeUndefined();
  });

  it('lets telemetry import the types of fleet, and no values', () => {
    const specifier = '@highway/fleet';
    expect(checkPackageImport('telemetry', { specifier, typeOnly: true })).toBeUndefined();
    expect(checkPackageImport('telemetry', { specifier, typeOnly: false })).toContain(specifier);
  });
});
