/**
 * @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule
 * @typedef {import('./tables.mjs').Table} Table
 */

/** @param {string} name */
const escape = (name) => name.replaceAll('.', '\\.');

/**
 * Where a package lies once it is resolved, or its name where it isn't built yet.
 *
 * @param {string} name
 */
function packagePath(name) {
  const local = name.startsWith('@highway/') ? `packages/${name.slice('@highway/'.length)}/|` : '';
  return `(^|/node_modules/|^node_modules/)${escape(name)}(/|$)${local && `|^${local.slice(0, -1)}`}`;
}

/**
 * One rule for each room of a package: it imports what the table says, and nothing else.
 *
 * @param {string} folder of the package
 * @param {Table} table
 * @returns {Rule[]}
 */
export function roomRules(folder, table) {
  const source = `^packages/${folder}/src/`;
  return Object.entries(table).map(([name, { files, rooms = [], packages = [], node = [] }]) => {
    const own = files.replace('([^/]+)', () => '$1');
    const others = rooms.map((room) => table[room]?.files ?? `no room ${room}`);
    return {
      name: `${folder}: ${name}`,
      severity: 'error',
      from: { path: source + files },
      to: {
        pathNot: [
          ...[own, ...others].map((path) => source + path),
          ...packages.map(packagePath),
          ...node.map((module) => `^${module}$`),
        ],
      },
    };
  });
}
