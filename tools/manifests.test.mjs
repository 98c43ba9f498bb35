import { describe, expect, it } from 'vitest';
import { publishedFolders, readManifest, workspaceFolders } from './lib/workspaces.mjs';

const { version, engines } = { ...readManifest(''), ...readManifest('packages/resilience') };

describe.each(publishedFolders())('the manifest of %s', (folder) => {
  const manifest = readManifest(folder);

  it('shares the version, and takes sister packages of that version as peers', () => {
    expect(manifest.version).toBe(version);
    expect(manifest.dependencies ?? {}).not.toHaveProperty('@highway/resilience');
    const sisters = Object.entries(manifest.peerDependencies ?? {}).filter(([name]) =>
      name.startsWith('@highway/'),
    );
    expect(sisters.map(([, range]) => range)).toEqual(sisters.map(() => `^${version}`));
  });

  it('lists the types of every entry point for `node10` too', () => {
    const { '.': main, ...others } = manifest.exports ?? {};
    expect([manifest.main, manifest.types]).toEqual([main?.default, main?.types]);
    const types = Object.entries(others).map(([path, target]) => [path.slice(2), [target.types]]);
    expect(manifest.typesVersions?.['*'] ?? {}).toEqual(Object.fromEntries(types));
  });

  it('says where it comes from, and needs the same Node as the others', () => {
    expect(manifest).toMatchObject({
      repository: { url: 'git+https://github.com/highway/highway.git', directory: folder },
      publishConfig: { access: 'public', provenance: true },
      engines,
    });
  });
});

it.each(workspaceFolders())(
  '%s takes what is linked from the repository at any version',
  (folder) => {
    const { private: isPrivate, dependencies, devDependencies } = readManifest(folder);
    const ranges = Object.entries({ ...(isPrivate ? dependencies : {}), ...devDependencies })
      .filter(([name]) => name.startsWith('@highway'))
      .map(([, range]) => range);
    expect(ranges).toEqual(ranges.map(() => '*'));
  },
);
