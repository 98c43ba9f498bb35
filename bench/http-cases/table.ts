import type { Library } from './client.ts';
import type { HttpCase } from './http-case.ts';
import type { Verdict } from './run-case.ts';

/** A case, and what became of it on each library. */
export interface Result {
  readonly httpCase: HttpCase;
  readonly verdicts: ReadonlyMap<Library, Verdict>;
}

const introduction = `# HTTP clients, compared

Each case runs with a real server on every client below, through a thin driver that uses the client's documented API with its defaults;
only the waits between attempts are shortened. The requests are counted by the server.

- **pass**: the client does what the title says.
- **fails**: it does not. What it does instead is listed below the table.
- **not offered**: it has no such feature.

Defaults can be changed: ky retries after a timeout with \`retryOnTimeout\`, undici and axios-retry with their lists or conditions of errors.

This page is generated: \`npm run http-cases\` runs the cases and writes it. The cases are in \`bench/http-cases/cases\`. ky and got need
Node 22, so all of them ran on it.
`;

export function renderPage(libraries: readonly Library[], results: readonly Result[]): string {
  const areas = [...new Set(results.map(({ httpCase }) => httpCase.area))];
  const sections = areas.map((area) =>
    renderSection(
      libraries,
      results.filter(({ httpCase }) => httpCase.area === area),
    ),
  );
  return [introduction, renderSummary(libraries, results), ...sections].join('\n');
}

export function countOf(
  library: Library,
  results: readonly Result[],
  outcome: Verdict['outcome'],
): number {
  return results.filter(({ verdicts }) => verdicts.get(library)?.outcome === outcome).length;
}

function renderSummary(libraries: readonly Library[], results: readonly Result[]): string {
  const rows = libraries.map((library) => [
    library.name,
    ...(['pass', 'fail', 'not offered'] as const).map((outcome) =>
      String(countOf(library, results, outcome)),
    ),
  ]);
  return renderTable(['Client', 'pass', 'fails', 'not offered'], rows);
}

function renderSection(libraries: readonly Library[], results: readonly Result[]): string {
  const head = ['Case', 'Known from', ...libraries.map(({ name }) => name)];
  const rows = results.map(({ httpCase, verdicts }) => [
    httpCase.title,
    httpCase.source,
    ...libraries.map((library) => {
      const outcome = verdicts.get(library)?.outcome ?? '';
      return outcome === 'fail' ? '**fails**' : outcome;
    }),
  ]);
  const failures = results.flatMap(({ httpCase, verdicts }) =>
    libraries.flatMap((library) => {
      const verdict = verdicts.get(library);
      return verdict?.outcome === 'fail'
        ? [`- **${library.name}**: ${verdict.why}. (${httpCase.title}.)\n`]
        : [];
    }),
  );
  const table = `## ${results[0]!.httpCase.area}\n\n${renderTable(head, rows)}`;
  return failures.length === 0 ? table : `${table}\nWhat goes wrong:\n\n${failures.join('')}`;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + rows.map(line).join('');
}
