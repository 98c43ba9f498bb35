import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { HighwayClient } from '../client/highway-client.ts';
import type { RunFilter } from '../client/run-types.ts';
import type { RunStatus } from '../workflow.ts';
import type { Output } from './output.ts';
import { countTable, runTable, statuses } from './view/run-list.ts';
import { runPage } from './view/run-page.ts';
import type { WithClient } from './with-client.ts';

interface ListOptions {
  readonly status?: readonly RunStatus[];
  readonly workflow?: string;
  readonly circuit?: string;
  readonly onVersion?: string;
  readonly parent?: string;
  readonly limit: number;
}

/** Adds the commands that show runs. */
export function addInspectCommands(program: Command, withClient: WithClient): void {
  addList(program, withClient);
  program
    .command('show')
    .description('show a run: its steps with attempts, waits, errors and durations')
    .argument('<run>', 'id of the run')
    .action((id: string) =>
      withClient(async (client, output) => {
        const run = await client.runs.describe(id);
        output.show(run, (paint) => runPage(run, output.now, paint));
      }),
    );
  program
    .command('counts')
    .description('show run counts by status, and counts of parked runs by circuit')
    .action(() =>
      withClient(async (client, output) => {
        const counts = await client.runs.counts();
        output.show(counts, (paint) => countTable(counts, paint));
      }),
    );
}

function addList(program: Command, withClient: WithClient): void {
  const status = new Option(
    '-s, --status <status>',
    'filter by status (comma-separated)',
  ).argParser(readStatuses);
  program
    .command('list')
    .description('list runs, newest first')
    .addOption(status)
    .option('-w, --workflow <name>', 'filter by workflow')
    .option('-c, --circuit <name>', 'filter by the circuit that a run is parked on')
    .option('--on-version <version>', 'filter by the version of the workflow')
    .option('--parent <run>', 'list only child runs of this run')
    .option('-n, --limit <count>', 'maximum number of runs', readLimit, 100)
    .action((options: ListOptions) =>
      withClient((client, output) => list(client, output, options)),
    );
}

async function list(client: HighwayClient, output: Output, options: ListOptions): Promise<void> {
  const runs = await client.runs.list(filterOf(options));
  output.show(runs, (paint) => (runs.length === 0 ? 'No runs' : runTable(runs, output.now, paint)));
  if (runs.length === options.limit) {
    output.note(`There may be more runs: use --limit ${options.limit * 10}`);
  }
}

function filterOf({ onVersion, ...options }: ListOptions): RunFilter {
  return { ...options, ...(onVersion !== undefined && { version: onVersion }) };
}

function readStatuses(text: string): readonly RunStatus[] {
  const wanted = text.split(',').map((status) => status.trim());
  const unknown = wanted.find((status) => !(statuses as readonly string[]).includes(status));
  if (unknown === undefined) return wanted as RunStatus[];
  throw new InvalidArgumentError(`Expected one or more of ${statuses.join(', ')}.`);
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw new InvalidArgumentError('Expected an integer of at least 1.');
}
