import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommanderError, InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

/** What to do: run with these options, or print a text and end. */
export type CommandLine<Options> =
  | { readonly type: 'run'; readonly options: Options }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'invalid'; readonly text: string };

/**
 * Reads arguments, without the names of Node and of the script, and writes nothing. `check` may reject
 * combinations of options, through `program.error`.
 */
export function readArguments<Options extends object>(
  program: Command,
  args: readonly string[],
  check: (program: Command) => void = () => undefined,
): CommandLine<Options> {
  let text = '';
  program
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (part) => (text += part),
      writeErr: (part) => (text += part),
    });
  try {
    program.parse(args, { from: 'user' });
    check(program);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { type: 'help', text } : { type: 'invalid', text };
  }
  return { type: 'run', options: program.opts<Options>() };
}

/** Prints the help or the error, and sets the exit code. */
export function printInstead({ type, text }: Exclude<CommandLine<never>, { type: 'run' }>): void {
  const stream = type === 'help' ? process.stdout : process.stderr;
  stream.write(text);
  process.exitCode = type === 'help' ? 0 : 2;
}

/** Reads a number from `least` to `most`. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Allowed: a number from ${least} to ${most}.`);
  };
}

/** Reads an integer from `least` to `most`. */
export function integerFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Allowed: an integer from ${least} to ${most}.`);
  };
}

/** Reads the path of a file that can be written. */
export function newFile(text: string): string {
  const file = resolve(text);
  if (text === '' || (existsSync(file) && !statSync(file).isFile())) {
    throw new InvalidArgumentError('Allowed: the path of a file.');
  }
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  } catch {
    throw new InvalidArgumentError('Allowed: a file that can be written, in a folder that exists.');
  }
  return file;
}
