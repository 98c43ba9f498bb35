import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { connect } from './connect.ts';
import { exitCodes, failureFrom } from './failure.ts';
import { addInspectCommands } from './inspect-commands.ts';
import { Output } from './output.ts';
import type { GlobalOptions } from './database-location.ts';
import { addControlCommands } from './control-commands.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './view/json.ts';
import { oneLine } from './view/format.ts';
import type { WithClient } from './with-client.ts';

const examples = `
Examples:
  highway list --status parked,retrying --circuit bank
  highway show o-17
  highway signal o-17 approved '{"by":"me"}'
  highway retry-from o-17 charge

Exit codes: 0 success, 1 failure or not found, 2 invalid usage.`;

/** Runs the command line and returns the exit code. Writes only to the terminal, and never throws. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = makeProgram(terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    const { exitCode, message, code } = failureFrom(error);
    if (message !== '') {
      const asJson = program.opts<GlobalOptions>().json === true;
      const text = asJson
        ? toJson({ error: { message, code } }, false)
        : `error: ${oneLine(message)}`;
      terminal.err(`${text}\n`);
    }
    return exitCode;
  }
}

function makeProgram(terminal: Terminal): Command {
  const program = new Command('highway')
    .description('Inspect and control durable workflows through their database.')
    .option('--database-url <url>', 'Postgres database of the workers (HIGHWAY_DATABASE_URL)')
    .option(
      '--data-dir <folder>',
      'folder of an embedded database that no worker has open (default: .highway)',
    )
    .option('--app <name>', 'name of the application, if the database has several (HIGHWAY_APP)')
    .option('--json', 'print results and errors as JSON')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .version(packageVersion(), '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text);
      },
      // `runCli` prints all errors: on one line, or as JSON.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.columns ?? 100,
      getErrHelpWidth: () => terminal.columns ?? 100,
    });
  const withClient: WithClient = async (action) => {
    const options = program.opts<GlobalOptions>();
    await using client = await connect(options, terminal.env);
    await action(client, new Output(terminal, options.json === true));
  };
  addInspectCommands(program, withClient);
  addControlCommands(program, withClient);
  return program;
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
