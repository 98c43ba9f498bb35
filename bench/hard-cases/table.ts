import { libraries } from './results.ts';
import type { Result } from './results.ts';
import type { Library } from './driver.ts';
import type { Verdict } from './harness/run-case.ts';

const introduction = `# Hard cases

This page lists situations that resilience libraries got wrong, or still get wrong, and tests them as runnable cases. Each case runs on
every library below, through a thin driver that uses the library's documented API. Time only passes when a case advances the clock: Highway
gets a manual clock; for the others, the global clock and timers are replaced.

- **pass**: the library does what the title says.
- **fails**: it does not. What it does instead is listed below the table.
- **not offered**: it has no such feature, or the feature cannot be set up that way.

This page is generated: \`npm run hard-cases\` runs the cases and writes it, and a test compares it
with the results. The cases are in \`bench/hard-cases/cases\`.
`;

/** Writes the page. */
export function renderPage(results: readonly Result[]): string {
  const areas = new Set(results.map(({ hardCase }) => hardCase.area));
  const sections = [...areas].map((area) =>
    renderSection(
      area,
      results.filter(({ hardCase }) => hardCase.area === area),
    ),
  );
  return [introduction, renderSummary(results), ...sections].join('\n');
}

function renderSummary(results: readonly Result[]): string {
  const rows = libraries.map((library) => {
    const outcomes = results.map(({ verdicts }) => verdicts.get(library)?.outcome);
    const count = (outcome: Verdict['outcome']): string =>
      String(outcomes.filter((each) => each === outcome).length);
    return [nameOf(library), count('pass'), count('fail'), count('not offered')];
  });
  return renderTable(['Library', 'pass', 'fails', 'not offered'], rows);
}

function renderSection(area: string, results: readonly Result[]): string {
  const head = ['Case', 'Known from', ...libraries.map(({ name }) => name)];
  const rows = results.map(({ hardCase, verdicts }) => [
    hardCase.title,
    hardCase.source,
    ...libraries.map((library) => shown(verdicts.get(library))),
  ]);
  const table = `## ${area}\n\n${renderTable(head, rows)}`;
  const failures = results.flatMap(renderFailures);
  return failures.length === 0
    ? table
    : `${table}\nWhat goes wrong:\n\n${failures.map((failure) => `- ${failure}\n`).join('')}`;
}

function renderFailures({ hardCase, verdicts }: Result): string[] {
  return libraries.flatMap((library) => {
    const verdict = verdicts.get(library);
    if (verdict?.outcome !== 'fail') return [];
    return [`**${library.name}**: ${verdict.why}. (${hardCase.title}.)`];
  });
}

/** A table with its columns aligned, as the formatter would leave it. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + rows.map(line).join('');
}

function shown(verdict: Verdict | undefined): string {
  return verdict?.outcome === 'fail' ? '**fails**' : (verdict?.outcome ?? '');
}

function nameOf({ name, version }: Library): string {
  return `${name} ${version}`;
}
