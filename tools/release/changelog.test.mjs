import { describe, expect, it } from 'vitest';
import { parseChangeset, releaseNotes } from './changelog.mjs';

const minor = parseChangeset(
  "---\n'@highway/fleet': minor\n'@highway/workflow': patch\n---\n\nOne.\n",
);

describe('parseChangeset', () => {
  it('reads the packages, their bumps and the text', () => {
    expect(minor).toEqual({
      packages: { '@highway/fleet': 'minor', '@highway/workflow': 'patch' },
      text: 'One.',
    });
  });

  it('reads double quotes, and a changeset without packages', () => {
    expect(parseChangeset('---\n"@highway/fleet": major\n---\nTwo.').packages).toEqual({
      '@highway/fleet': 'major',
    });
    expect(parseChangeset('---\n---\n\nNone.')).toEqual({ packages: {}, text: 'None.' });
  });
});

describe('releaseNotes', () => {
  it('moves what is unreleased under the version, and adds the changesets by kind', () => {
    const before = '# Changelog\n\n## Unreleased\n\n### Added\n\n- By hand.\n\n## 0.1.0\n\nOld.\n';
    expect(releaseNotes(before, '0.2.0', [minor])).toBe(`# Changelog

## Unreleased

## 0.2.0

### Added

- By hand.

### Changed

- \`@highway/fleet\`: One.

### Fixed

- \`@highway/workflow\`: One.

## 0.1.0

Old.
`);
  });

  it('throws for a changelog without the heading', () => {
    expect(() => releaseNotes('# Changelog\n', '1.0.0', [])).toThrow('Unreleased');
  });
});
