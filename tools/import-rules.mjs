// Checks who imports whom: the packages' dependencies and imports, the rooms of the core, and that
// benchmarks and examples see packages only through their entry points.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { checkManifest, checkPackageImport } from './import-rules/packages.mjs';
import { checkCoreImport } from './import-rules/rooms.mjs';
import { listFiles } from './lib/files.mjs';
import { reportFindings } from './lib/findings.mjs';
import { importsOf } from './lib/imports.mjs';
import { fromRoot } from './lib/paths.mjs';
import { readManifest, workspaceFolders } from './lib/workspaces.mjs';

const core = 'packages/resilience/src/';

/**
 * @param {string} folder of the package, relative to the root
 * @returns {string[]}
 */
function checkPackage(folder) {
  const name = posix.basename(folder);
  const findings = checkManifest(name, readManifest(folder));
  for (const { file, imported } of allImports(`${folder}/src`)) {
    if (file.endsWith('.test.ts')) continue;
    const finding = file.startsWith(core)
      ? checkCoreImport(file.slice(core.length), imported.specifier)
      : checkPackageImport(name, imported);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

/**
 * @param {string} folder of a private program, relative to the root
 * @returns {string[]}
 */
function checkProgram(folder) {
  return allImports(folder)
    .filter(({ file, imported }) => {
      if (!imported.specifier.startsWith('.')) return false;
      const target = posix.join(posix.dirname(file), imported.specifier);
      return !target.startsWith(`${folder}/`);
    })
    .map(({ file, imported }) => `${file}: imports ${imported.specifier}, out of ${folder}`);
}

/** @param {string} folder */
function allImports(folder) {
  return listFiles(folder, /\.(ts|mts|js|mjs)$/).flatMap((file) =>
    importsOf(file, readFileSync(fromRoot(file), 'utf8')).map((imported) => ({ file, imported })),
  );
}

const findings = workspaceFolders().flatMap((folder) =>
  folder.startsWith('packages/') || folder === 'servers'
    ? checkPackage(folder)
    : checkProgram(folder),
);
reportFindings('imports', findings);
