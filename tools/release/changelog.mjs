/**
 * @typedef {'major' | 'minor' | 'patch'} Bump
 *
 * @typedef {object} Changeset
 * @property {Readonly<Record<string, Bump>>} packages by name
 * @property {string} text what changes for users
 */

/** @type {readonly [Bump, string][]} */
const sections = [
  ['major', 'Breaking'],
  ['minor', 'Changed'],
  ['patch', 'Fixed'],
];

/**
 * @param {string} file the text of a file in `.changeset/`
 * @returns {Changeset}
 */
export function parseChangeset(file) {
  const [, head = '', text = ''] = /^---\n(.*?)\n?---\n(.*)$/s.exec(file) ?? [];
  const entries = [...head.matchAll(/^["']?([^"':]+)["']?: *(major|minor|patch)$/gm)].map(
    ([, name, bump]) => /** @type {[string, Bump]} */ ([name, bump]),
  );
  return { packages: Object.fromEntries(entries), text: text.trim() };
}

/**
 * Puts what is unreleased, and the texts of the changesets, under the heading of a version.
 *
 * @param {string} changelog
 * @param {string} version
 * @param {readonly Changeset[]} changesets
 * @returns {string}
 */
export function releaseNotes(changelog, version, changesets) {
  const start = /^## Unreleased$/m.exec(changelog);
  if (start === null) throw new Error('CHANGELOG.md has no heading "## Unreleased"');
  const before = changelog.slice(0, start.index);
  const rest = changelog.slice(start.index + start[0].length);
  const end = /^## /m.exec(rest)?.index ?? rest.length;
  const parts = [
    `${before}## Unreleased`,
    `## ${version}`,
    rest.slice(0, end).trim(),
    ...sections.map(([bump, heading]) => section(heading, bump, changesets)),
    rest.slice(end).trim(),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * @param {string} heading
 * @param {Bump} bump
 * @param {readonly Changeset[]} changesets
 * @returns {string} empty where no changeset asks for that
 */
function section(heading, bump, changesets) {
  const items = changesets.flatMap(({ packages, text }) => {
    const names = Object.keys(packages).filter((name) => packages[name] === bump);
    const subject = names.map((name) => `\`${name}\``).join(', ');
    return names.length === 0 ? [] : [`- ${subject}: ${text.replaceAll('\n', '\n  ')}`];
  });
  return items.length === 0 ? '' : `### ${heading}\n\n${items.join('\n')}`;
}
