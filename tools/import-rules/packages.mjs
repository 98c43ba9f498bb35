import { packageTable } from './table.mjs';

const scope = '@highway/';

/**
 * Compares the dependencies that a package asks its users for with the table. Development
 * dependencies are free.
 *
 * @param {string} folder the package's folder name
 * @param {import('../lib/workspaces.mjs').Manifest} manifest
 * @returns {string[]} what is wrong with them
 */
export function checkManifest(folder, manifest) {
  const rule = packageTable[folder];
  if (rule === undefined) return [`${folder}: is missing from the table of imports`];
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
  const allowed = [...rule.packages, ...(rule.types ?? [])].map((name) => scope + name);
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    .filter((name) => !allowed.includes(name) && !(rule.external ?? []).includes(name))
    .map((name) => `${folder}: must not depend on ${name}`);
}

/**
 * Checks what a source file of a package imports from other packages of this repository.
 *
 * @param {string} folder the package's folder name
 * @param {{ specifier: string, typeOnly: boolean }} imported
 * @returns {string | undefined} what is wrong with it
 */
export function checkPackageImport(folder, { specifier, typeOnly }) {
  if (!specifier.startsWith(scope)) return undefined;
  const name = specifier.slice(scope.length).split('/')[0] ?? '';
  const rule = packageTable[folder];
  if (name === folder || rule?.packages.includes(name)) return undefined;
  if (typeOnly && rule?.types?.includes(name)) return undefined;
  return `${folder}: must not import ${specifier}${typeOnly ? '' : ', types aside'}`;
}
