// `npm run version`: raises the version of all packages by what the changesets in `.changeset/` ask for,
// and moves their texts into CHANGELOG.md. The release workflow runs it; a person reads the result.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fromRoot } from './lib/paths.mjs';
import { mustRun } from './lib/run.mjs';
import { publishedFolders, readManifest } from './lib/workspaces.mjs';
import { parseChangeset, releaseNotes } from './release/changelog.mjs';

/**
 * Sets the range of every peer of this repository.
 *
 * @param {(version: string) => string} rangeOf
 */
function setPeers(rangeOf) {
  for (const folder of publishedFolders()) {
    const manifest = readManifest(folder);
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      if (!name.startsWith('@highway/')) continue;
      manifest.peerDependencies = {
        ...manifest.peerDependencies,
        [name]: rangeOf(manifest.version),
      };
    }
    writeFileSync(
      fromRoot(`${folder}/package.json`),
      `${JSON.stringify(manifest, undefined, 2)}\n`,
    );
  }
}

const changesets = readdirSync(fromRoot('.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map((file) => parseChangeset(readFileSync(fromRoot(`.changeset/${file}`), 'utf8')));

if (changesets.length === 0) {
  console.log('There are no changesets: `npx changeset` writes one.');
} else {
  // Where a version leaves a peer's range, changesets raises the dependent to a new major version. Our
  // packages share one version, so the range is open meanwhile.
  setPeers((version) => `>=${version}`);
  await mustRun('changeset', ['version']);
  setPeers((version) => `^${version}`);

  const { version } = readManifest('packages/resilience');
  const changelog = readFileSync(fromRoot('CHANGELOG.md'), 'utf8');
  writeFileSync(fromRoot('CHANGELOG.md'), releaseNotes(changelog, version, changesets));
  await mustRun('npm', ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error']);
  console.log(`The next version is ${version}.`);
}
