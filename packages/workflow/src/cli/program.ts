import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { connect } from './connect.ts';
import { exitCodes, failureFrom } from './failure.ts';
import { addInspectCommands } from './inspect-commands.ts';
import { Output } from './output.ts';
import type { GlobalOptions } from './place.ts';
import { addSteerCommands } from './steer-commands.ts';
import type { Terminal } from './terminal.ts';
import { toJson } from './view/json.ts';
import { oneLine } from './view/texts.ts';
import type { Work } from './work.ts';

const examples = `
Examples:
  highway list --status parked,retrying --circuit bank
  highway show o-17
  highway signal o-17 approved '{"by":"me"}'
  highway retry-from o-17 charge

It ends with 0 when all went well, 1 when something was not found or failed, 2 when it was called wrongly.`;

/** Runs the command line; gives the exit code. Writes to the terminal alone, and never throws. */
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
    .description('Looks at durable workflows and steers them, through their database.')
    .option('--database-url <url>', 'the Postgres that the workers use (HIGHWAY_DATABASE_URL)')
    .option('--data-dir <folder>', 'an embedded database, while no worker has it open')
    .option('--app <name>', 'the name of the Highway, where the database has several (HIGHWAY_APP)')
    .option('--json', 'answer in JSON')
    .version(packageVersion(), '-V, --version', 'say which version this is')
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
      // Said by `runCli`, as all that goes wrong: on one line, or in JSON.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.columns ?? 100,
      getErrHelpWidth: () => terminal.columns ?? 100,
    });
  const work: Work = async (doIt) => {
    const options = program.opts<GlobalOptions>();
    await using client = await connect(options, terminal.env);
    await doIt(client, new Output(terminal, options.json === true));
  };
  addInspectCommands(program, work);
  addSteerCommands(program, work);
  return program;
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
