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
  const [header, ...rows] = toCells(answer);
  const rule = header!.map((_, i) => (isWords(i, header!) ? '---' : '--:'));
  const lines = [header!, rule, ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `### ${answer.asks}\n\n${lines.join('\n')}`;
}
