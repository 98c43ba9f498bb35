import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { HighwayClient } from '../highway-client.ts';
import type { RunDescription } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import { CommandError } from './failure.ts';
import type { Output } from './output.ts';
import { standing } from './view/run-list.ts';
import { oneLine } from './view/texts.ts';
import type { Work } from './work.ts';

interface VersionOption {
  readonly onVersion?: string;
}

const versionFlag = '--on-version <version>';
const versionHelp = 'the version of the workflow that is to go on with it (default: its own)';

/** Adds the commands that steer runs. The workers hear of it through the database. */
export function addSteerCommands(program: Command, work: Work): void {
  program
    .command('signal')
    .description('send a run a signal, for its ctx.waitFor')
    .argument('<run>', 'the id of the run')
    .argument('<name>', 'the name of the signal')
    .argument('[json]', 'its value', readJson)
    .action((id: string, name: string, value: unknown) =>
      work(async (client, output) => {
        refuseEnded(await client.describe(id));
        await client.signal(id, name, value);
        await tell(client, output, { id, done: `has been sent "${oneLine(name)}"` });
      }),
    );
  program
    .command('cancel')
    .description('stop a run and its branches where they stand; nothing is undone')
    .argument('<run>', 'the id of the run')
    .action((id: string) => work((client, output) => cancel(client, output, id)));
  addResume(program, work);
}

function addResume(program: Command, work: Work): void {
  program
    .command('resume')
    .description('have a run go on that was cancelled or is stuck')
    .argument('<run>', 'the id of the run')
    .option(versionFlag, versionHelp)
    .action((id: string, { onVersion: version }: VersionOption) =>
      work(async (client, output) => {
        await client.resume(id, version === undefined ? {} : { version });
        await tell(client, output, { id, done: 'goes on' });
      }),
    );
  program
    .command('retry-from')
    .description('forget what a run did from a step on, and have it go on from there')
    .argument('<run>', 'the id of the run')
    .argument('<step>', 'the name of the step, as show tells it')
    .option(versionFlag, versionHelp)
    .action((id: string, step: string, { onVersion: version }: VersionOption) =>
      work(async (client, output) => {
        await client.retryFrom(id, step, version === undefined ? {} : { version });
        await tell(client, output, { id, done: `goes on from "${oneLine(step)}"` });
      }),
    );
}

async function cancel(client: HighwayClient, output: Output, id: string): Promise<void> {
  await client.cancel(id);
  // Read afterwards: it may have ended by itself in the meantime.
  const run = await client.describe(id);
  if (run.status !== 'cancelled') refuseEnded(run);
  await tell(client, output, { id, done: 'is stopped' });
}

const ended: readonly RunStatus[] = ['done', 'failed', 'compensated', 'cancelled'];

function refuseEnded({ id, status }: RunDescription): void {
  if (ended.includes(status))
    throw new CommandError(`The run "${oneLine(id)}" has ended: ${status}`);
}

async function tell(
  client: HighwayClient,
  output: Output,
  { id, done }: { readonly id: string; readonly done: string },
): Promise<void> {
  const run = await client.describe(id);
  output.show(
    { id, status: run.status },
    () => `${oneLine(id)} ${done} (${standing(run, output.now)})`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`It takes JSON, such as '{"by":"me"}' or '"yes"'.`);
  }
}
