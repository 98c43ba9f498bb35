import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { HighwayClient } from '../client/highway-client.ts';
import type { RunDescription } from '../client/run-types.ts';
import type { RunStatus } from '../workflow.ts';
import { CommandError } from './failure.ts';
import type { Output } from './output.ts';
import { oneLine } from './view/format.ts';
import { statusLine } from './view/run-list.ts';
import type { WithClient } from './with-client.ts';

interface VersionOption {
  readonly onVersion?: string;
}

const versionFlag = '--on-version <version>';
const versionHelp = "version of the workflow that continues the run (default: the run's own)";

/** Adds the commands that control runs. The workers notice through the database. */
export function addControlCommands(program: Command, withClient: WithClient): void {
  program
    .command('signal')
    .description('send a run a signal for its ctx.waitFor')
    .argument('<run>', 'id of the run')
    .argument('<name>', 'name of the signal')
    .argument('[json]', 'value of the signal, as JSON', readJson)
    .action((id: string, name: string, value: unknown) =>
      withClient(async (client, output) => {
        checkNotEnded(await client.runs.describe(id));
        await client.runs.signal(id, name, value);
        await report(client, output, { id, done: `received the signal "${oneLine(name)}"` });
      }),
    );
  program
    .command('cancel')
    .description('cancel a run and its child runs, without compensating them')
    .argument('<run>', 'id of the run')
    .action((id: string) => withClient((client, output) => cancel(client, output, id)));
  addResume(program, withClient);
}

function addResume(program: Command, withClient: WithClient): void {
  program
    .command('resume')
    .description('continue a run that was cancelled or is stuck')
    .argument('<run>', 'id of the run')
    .option(versionFlag, versionHelp)
    .action((id: string, { onVersion: version }: VersionOption) =>
      withClient(async (client, output) => {
        await client.runs.resume(id, version === undefined ? {} : { version });
        await report(client, output, { id, done: 'continues' });
      }),
    );
  program
    .command('retry-from')
    .description('discard what a run did from a step on, and continue the run from that step')
    .argument('<run>', 'id of the run')
    .argument('<step>', 'name of the step, as "show" prints it')
    .option(versionFlag, versionHelp)
    .action((id: string, step: string, { onVersion: version }: VersionOption) =>
      withClient(async (client, output) => {
        await client.runs.retryFrom(id, step, version === undefined ? {} : { version });
        await report(client, output, { id, done: `continues from "${oneLine(step)}"` });
      }),
    );
}

async function cancel(client: HighwayClient, output: Output, id: string): Promise<void> {
  await client.runs.cancel(id);
  // Read afterwards, since the run may have ended by itself in the meantime.
  const run = await client.runs.describe(id);
  if (run.status !== 'cancelled') checkNotEnded(run);
  await report(client, output, { id, done: 'was cancelled' });
}

const endStatuses: readonly RunStatus[] = ['done', 'failed', 'compensated', 'cancelled'];

function checkNotEnded({ id, status }: RunDescription): void {
  if (endStatuses.includes(status)) {
    throw new CommandError(`The run "${oneLine(id)}" has ended: ${status}`);
  }
}

async function report(
  client: HighwayClient,
  output: Output,
  { id, done }: { readonly id: string; readonly done: string },
): Promise<void> {
  const run = await client.runs.describe(id);
  output.show(
    { id, status: run.status },
    () => `${oneLine(id)} ${done} (${statusLine(run, output.now)})`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`Expected JSON, such as '{"by":"me"}' or '"yes"'.`);
  }
}
