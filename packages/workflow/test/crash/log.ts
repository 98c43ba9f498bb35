import { appendFileSync, readFileSync, statSync } from 'node:fs';

/** A line about an attempt of a step, which its process wrote. */
export interface LogLine {
  /** The process. */
  readonly worker: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
  /** `begin` before the work, `effect` when it is done, whether or not it gets on record. */
  readonly what: 'begin' | 'effect';
}

/** Appends a line to the file, where it survives the process. */
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

/** The size of the file in bytes. */
export function sizeOf(file: string): number {
  return statSync(file).size;
}
