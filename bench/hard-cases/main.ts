// Runs every hard case on every library and writes docs/hard-cases.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { libraries, runAll } from './results.ts';
import { renderPage } from './table.ts';

const page = new URL('../../../docs/hard-cases.md', import.meta.url);
const results = await runAll();
mkdirSync(new URL('.', page), { recursive: true });
writeFileSync(page, renderPage(results));
for (const library of libraries) {
  const counts = { pass: 0, fail: 0, 'not offered': 0 };
  for (const { verdicts } of results) {
    const verdict = verdicts.get(library);
    if (verdict !== undefined) counts[verdict.outcome]++;
  }
  console.log(`${library.name}: ${JSON.stringify(counts)}`);
}
