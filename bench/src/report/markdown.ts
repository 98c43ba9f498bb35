import { readFileSync, writeFileSync } from 'node:fs';
import { formatMachine } from '../machine.ts';
import type { Machine } from '../machine.ts';
import type { Answer } from '../subject.ts';
import { toCells } from './cells.ts';
import { isWords } from './text.ts';

const begin = '<!-- measured: begin, written by `npm run bench -- --markdown` -->';
const end = '<!-- measured: end -->';

/** What was measured in one run. */
interface Run {
  readonly machine: Machine;
  readonly answers: readonly Answer[];
  /** Whether every question was asked. */
  readonly whole: boolean;
}

/**
 * Writes the tables between the marks of a Markdown file; what stands around them is kept, and so
 * are the tables of questions that were not asked.
 */
export function putIntoMarkdown(file: string, run: Run): void {
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${file} has no marks for the tables`);
  const before = text.slice(from + begin.length, to).split(/^(?=### )/m);
  const measured = run.whole ? wholeRun(run) : partOfRun(run, before);
  writeFileSync(
    file,
    `${text.slice(0, from)}${begin}\n\n${measured.join('\n\n')}\n\n${text.slice(to)}`,
  );
}

function wholeRun({ machine, answers }: Run): string[] {
  return [describe(machine), ...answers.map((answer) => `${heading(answer)}\n\n${table(answer)}`)];
}

/** Puts each answer in the place of its last one; its machine stands with it. */
function partOfRun({ machine, answers }: Run, before: readonly string[]): string[] {
  const sections = before.map((section) => section.trim());
  for (const answer of answers) {
    const section = [heading(answer), describe(machine), table(answer)].join('\n\n');
    const at = sections.findIndex((each) => each.startsWith(`${heading(answer)}\n`));
    sections.splice(at === -1 ? sections.length : at, at === -1 ? 0 : 1, section);
  }
  return sections;
}

function describe(machine: Machine): string {
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${formatMachine(machine)}.`;
}

function heading({ asks }: Answer): string {
  return `### ${asks}`;
}

function table(answer: Answer): string {
  const cells = toCells(answer);
  const header = cells[0]!;
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const rule = widths.map((width, i) =>
    isWords(i, header) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [pad(header, widths), rule, ...cells.slice(1).map((row) => pad(row, widths))];
  return lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** As Prettier formats tables, so that the page needs no formatting afterwards. */
function pad(row: readonly string[], widths: readonly number[]): string[] {
  return row.map((cell, i) =>
    isWords(i, row) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
  );
}
