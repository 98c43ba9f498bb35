// Runs every case on every client and writes docs/http/peers.md. Arguments: a part of a client's name, to run
// that client alone and write nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { httpCases } from './cases/index.ts';
import type { Library } from './client.ts';
import { axiosRetryLibrary } from './clients/axios-retry.ts';
import { gotLibrary } from './clients/got.ts';
import { highway } from './clients/highway.ts';
import { kyLibrary } from './clients/ky.ts';
import { undiciRetry } from './clients/undici-retry.ts';
import { runCase } from './run-case.ts';
import type { Verdict } from './run-case.ts';
import { countOf, renderPage } from './table.ts';
import type { Result } from './table.ts';

const all: readonly Library[] = [highway, kyLibrary, gotLibrary, axiosRetryLibrary, undiciRetry];
const [filter = ''] = process.argv.slice(2);
const libraries = all.filter(({ name }) => name.includes(filter));
// Some clients leave rejections behind that nobody can handle.
process.on('unhandledRejection', () => undefined);

const results: Result[] = [];
for (const httpCase of httpCases) {
  const verdicts = new Map<Library, Verdict>();
  for (const library of libraries) {
    const verdict = await runCase(library, httpCase);
    verdicts.set(library, verdict);
    if (filter !== '') {
      const why = verdict.outcome === 'fail' ? `: ${verdict.why}` : '';
      console.log(`${verdict.outcome.padEnd(11)} ${httpCase.title}${why}`);
    }
  }
  results.push({ httpCase, verdicts });
}
if (filter === '') {
  const page = new URL('../../../docs/http/peers.md', import.meta.url);
  mkdirSync(new URL('.', page), { recursive: true });
  writeFileSync(page, renderPage(libraries, results));
}
for (const library of libraries) {
  const counts = (['pass', 'fail', 'not offered'] as const).map(
    (outcome) => `${String(countOf(library, results, outcome))} ${outcome}`,
  );
  console.log(`${library.name}: ${counts.join(', ')}`);
}
// Some clients keep timers or connections.
process.exit();
