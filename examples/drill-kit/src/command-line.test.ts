import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { newFile, numberFrom, readArguments, integerFrom } from './command-line.ts';
import type { CommandLine } from './command-line.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly json?: string;
}

function read(...args: string[]): CommandLine<Options> {
  const program = new Command('drill')
    .option('--seconds <n>', 'how long', numberFrom(3, 600), 20)
    .option('--seed <n>', 'random seed', integerFrom(0, 9), 1)
    .option('--json <file>', 'figures', newFile);
  return readArguments<Options>(program, args);
}

function textOf(command: CommandLine<Options>): string {
  return command.type === 'run' ? '' : command.text;
}

describe('readArguments', () => {
  it('gives the options, with their defaults', () => {
    expect(read('--seconds', '4.5')).toEqual({ type: 'run', options: { seconds: 4.5, seed: 1 } });
  });

  it('gives the text of the help', () => {
    const help = read('--help');
    expect(help.type).toBe('help');
    expect(textOf(help)).toContain('--seed');
  });

  it.each([
    [['--seconds', '2'], 'a number from 3 to 600'],
    [['--seconds', 'soon'], 'a number from 3 to 600'],
    [['--seed', '1.5'], 'an integer from 0 to 9'],
    [['--seed', '10'], 'an integer from 0 to 9'],
    [['--json', ''], 'the path of a file'],
    [['--json', tmpdir()], 'the path of a file'],
    [['--json', join(tmpdir(), 'no', 'such', 'folder', 'file')], 'a folder that exists'],
    [['--sed', '1'], "unknown option '--sed'"],
    [['now'], 'too many arguments'],
  ])('rejects %j in one line', (args, text) => {
    const command = read(...args);
    expect(command.type).toBe('invalid');
    expect(textOf(command)).toContain(text);
    expect(textOf(command)).toMatch(/^[^\n]+\n$/);
  });
});
