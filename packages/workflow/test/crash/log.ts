import { appendFileSync, readFileSync, statSync } from 'node:fs';

/** A step's attempt, as its process wrote it down before it did anything else. */
export interface LogLine {
  /** Which process it was. */
  readonly worker: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
  /** `begin` before the work, `effect` when it is done, whether it gets on record or not. */
  readonly what: 'begin' | 'effect';
}

/** Writes a line to the end of the file; a line that is written survives the process. */
export function writeLine(file: string, line: LogLine): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** The lines of the file, from a byte on. */
export function readLines(file: string, from = 0): LogLine[] {
  const text = readFileSync(file).subarray(from).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** How many bytes there are. */
export function sizeOf(file: string): number {
  return statSync(file).size;
}
