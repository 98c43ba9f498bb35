import type { Command } from 'commander';
import { newFile, integerFrom } from './command-line.ts';

/** The options of every drill. */
export interface CommonOptions {
  readonly seed: number;
  /** The file for all figures, as JSON. */
  readonly json?: string;
}

const notes = `
Ctrl-C ends the drill early, shows the table so far and exits with code 130.
Exit codes: 0 done, 1 the drill itself failed, 2 invalid options, 130 interrupted, 143 terminated.`;

/** Adds the options of every drill, and the help on how a drill ends. */
export function addCommonOptions(program: Command): Command {
  return program
    .option('--seed <n>', 'seed of the random source', integerFrom(0, 2 ** 32 - 1), 1)
    .option('--json <file>', 'write all figures, second by second, to this file', newFile)
    .addHelpText('after', notes);
}
