import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../machine.ts';
import type { Answer } from '../subject.ts';
import { toCells } from './cells.ts';
import { isWords } from './text.ts';

const begin = '<!-- measured: begin, written by `npm run bench -- --markdown` -->';
const end = '<!-- measured: end -->';

/** Writes the tables between the marks of a Markdown file; what stands around them is kept. */
export function putIntoMarkdown(file: string, machine: Machine, answers: readonly Answer[]): void {
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${file} has no marks for the tables`);
  const measured = [describe(machine), ...answers.map(section)].join('\n\n');
  writeFileSync(file, `${text.slice(0, from)}${begin}\n\n${measured}\n\n${text.slice(to)}`);
}

function describe({ processor, platform, node, libraries }: Machine): string {
  const versions = Object.entries(libraries).map(([name, version]) => `${name} ${version}`);
  const day = new Date().toISOString().slice(0, 10);
  return `Measured on ${day}: ${processor}, ${platform}, Node ${node}; ${versions.join(', ')}.`;
}

function section(answer: Answer): string {
  const cells = toCells(answer);
  const header = cells[0]!;
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const rule = widths.map((width, i) =>
    isWords(i, header) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [pad(header, widths), rule, ...cells.slice(1).map((row) => pad(row, widths))];
  return `### ${answer.asks}\n\n${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
}

/** As Prettier formats tables, so that the page needs no formatting afterwards. */
function pad(row: readonly string[], widths: readonly number[]): string[] {
  return row.map((cell, i) =>
    isWords(i, row) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
  );
}
