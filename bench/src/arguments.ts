import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  /** Only questions whose names contain this. */
  readonly filter: string;
  /** How many times each subject has its turn. */
  readonly rounds: number;
  /** Writes everything that was measured into this file. */
  readonly json: string | undefined;
  /** Puts the tables between the marks in this Markdown file. */
  readonly markdown: string | undefined;
  /** Asks all questions in one process, where every library has seen every use. */
  readonly together: boolean;
  /** Answers this one question, for the parent process. */
  readonly answer: string | undefined;
}

export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      filter: { type: 'string', default: '' },
      rounds: { type: 'string', default: '300' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      together: { type: 'boolean', default: false },
      answer: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds: ${values.rounds} is not an integer of at least 1`);
  }
  const { filter, json, markdown, together, answer } = values;
  return { filter, rounds, json, markdown, together, answer };
}
