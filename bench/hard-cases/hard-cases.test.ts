import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hardCases } from './cases/index.ts';
import { highway } from './drivers/highway.ts';
import type { Verdict } from './harness/run-case.ts';
import { libraries, runAll } from './results.ts';
import type { Result } from './results.ts';
import { renderPage } from './table.ts';

const page = new URL('../../docs/hard-cases.md', import.meta.url);
const modules = new URL('../../node_modules/', import.meta.url);

describe('the hard cases', () => {
  let results: readonly Result[];
  let ours: ReadonlyMap<string, Verdict | undefined>;

  beforeAll(async () => {
    results = await runAll();
    ours = new Map(results.map((result) => [result.hardCase.id, result.verdicts.get(highway)]));
  }, 120_000);

  it.each(hardCases)('$title ($source)', ({ id }) => {
    expect(ours.get(id)).toEqual({ outcome: 'pass' });
  });

  it('have unique ids and titles', () => {
    expect(new Set(hardCases.map(({ id }) => id)).size).toBe(hardCases.length);
    expect(new Set(hardCases.map(({ title }) => title)).size).toBe(hardCases.length);
  });

  it('give what the page shows; `npm run hard-cases` writes it', () => {
    expect(readFileSync(page, 'utf8')).toBe(renderPage(results));
  });

  it.each(libraries)('run on $name $version, which is what is installed', ({ name, version }) => {
    const manifest = readFileSync(new URL(`${name}/package.json`, modules), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ version });
  });
});
