import type { Command } from 'commander';
import { newFile, wholeNumberFrom } from './command-line.ts';

/** What the user may ask of every drill. */
export interface CommonOptions {
  readonly seed: number;
  /** Where all figures go, as JSON. */
  readonly json?: string;
}

const notes = `
Ctrl-C ends the drill early, shows the table so far and exits with code 130.
Exit codes: 0 done, 1 the drill itself failed, 2 bad options, 130 interrupted, 143 terminated.`;

/** Adds the options of every drill to those of one, and what its help says of its end. */
export function addCommonOptions(program: Command): Command {
  return program
    .option('--seed <n>', 'what chance starts from', wholeNumberFrom(0, 2 ** 32 - 1), 1)
    .option('--json <file>', 'write all figures, second by second, to this file', newFile)
    .addHelpText('after', notes);
}
