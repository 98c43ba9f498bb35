import { writeFileSync } from 'node:fs';
import { sayInstead } from './command-line.ts';
import type { CommandLine } from './command-line.ts';
import { listenForEnd } from './end-signals.ts';
import { print } from './print.ts';

/** What a drill has to say at its end. */
export interface DrillReport {
  /** The table, and what it says. */
  readonly lines: readonly string[];
  /** All figures, for `--json`. */
  readonly results: object;
  /** Whether something was found that must not be. Default: false. */
  readonly failed?: boolean;
}

/** Does what the command line asks for: runs a drill and tells its results, or says why not. */
export async function drillMain<Options extends { readonly json?: string }>(
  command: CommandLine<Options>,
  drill: (options: Options, signal: AbortSignal) => Promise<DrillReport>,
): Promise<void> {
  if (command.type === 'run') await runDrill(command.options, drill);
  else sayInstead(command);
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
