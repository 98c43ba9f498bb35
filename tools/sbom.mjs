// `npm run sbom`: writes the bill of materials of each package, as CycloneDX, to `reports/sbom/`: the
// package and what it brings along when it is installed now. The release workflow adds them to the
// release. The workspaces' own lock file would mix in what only tests need.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fromRoot } from './lib/paths.mjs';
import { mustRun } from './lib/run.mjs';
import { publishedFolders, readManifest } from './lib/workspaces.mjs';

/**
 * @param {string} folder of the package, relative to the root
 * @returns {Promise<string>} the bill of materials
 */
async function billOf(folder) {
  const temporary = mkdtempSync(join(tmpdir(), 'highway-sbom-'));
  // npm takes the folder's name for the bill.
  const cwd = join(temporary, basename(folder));
  try {
    mkdirSync(cwd);
    // Peers come from whoever installs the package, and one of them is only about to be published.
    const left = { devDependencies: undefined, peerDependencies: undefined };
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ ...readManifest(folder), ...left }));
    const install = ['install', '--package-lock-only', '--loglevel=error'];
    await mustRun('npm', install, { cwd, quiet: true });
    const bill = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'];
    return await mustRun('npm', bill, { cwd, quiet: true });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

mkdirSync(fromRoot('reports/sbom'), { recursive: true });
for (const folder of publishedFolders()) {
  const text = await billOf(folder);
  /** @type {{ components?: unknown[] }} */
  const { components = [] } = JSON.parse(text);
  const file = `reports/sbom/${basename(folder)}.cdx.json`;
  writeFileSync(fromRoot(file), text);
  console.log(`${file}: ${String(components.length)} components`);
}
