import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { listFiles } from './lib/files.mjs';
import { fromRoot } from './lib/paths.mjs';

const optional = /^\s+(?:readonly )?\w+\?[:(]/;

/**
 * The optional properties in an API report whose value may not be given as `undefined`.
 *
 * @param {string} report
 */
function strict(report) {
  const lines = report.split('\n').filter((line) => optional.test(line));
  return lines
    .filter((line) => !/\b(undefined|unknown)\b|[{|(]$/.test(line))
    .map((line) => line.trim());
}

const reports = listFiles('packages', /\.api\.md$/);

describe('the public API', () => {
  it.each(reports)('allows undefined for every optional property: %s', (report) => {
    expect(strict(readFileSync(fromRoot(report), 'utf8'))).toEqual([]);
  });

  it('is reported where an optional property does not allow it', () => {
    expect(
      strict('    readonly a?: number;\n    b?(): void;\n    c?: string | undefined;'),
    ).toEqual(['readonly a?: number;', 'b?(): void;']);
  });
});
