import { writeFileSync } from 'node:fs';
import { printInstead } from './command-line.ts';
import type { CommandLine } from './command-line.ts';
import { listenForEnd } from './end-signals.ts';
import { print } from './print.ts';

/** The report of a drill. */
export interface DrillReport {
  /** The table, and a summary. */
  readonly lines: readonly string[];
  /** All figures, for `--json`. */
  readonly results: object;
  /** Whether the drill found something wrong. Default: false. */
  readonly failed?: boolean;
}

/** Runs a drill and prints its report, or prints the help or an error. */
export async function drillMain<Options extends { readonly json?: string }>(
  command: CommandLine<Options>,
  drill: (options: Options, signal: AbortSignal) => Promise<DrillReport>,
): Promise<void> {
  if (command.type === 'run') await runDrill(command.options, drill);
  else printInstead(command);
}

async function runDrill<Options extends { readonly json?: string }>(
  options: Options,
  drill: (options: Options, signal: AbortSignal) => Promise<DrillReport>,
): Promise<void> {
  const end = listenForEnd();
  try {
    const { lines, results, failed = false } = await drill(options, end.signal);
    print(lines);
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
      print([`All figures: ${options.json}`]);
    }
    process.exitCode = failed ? 1 : end.exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    end.stopListening();
  }
}
