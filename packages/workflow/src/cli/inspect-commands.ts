import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { RunFilter } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import { runPage } from './view/run-page.ts';
import { countTable, runTable, statuses } from './view/run-list.ts';
import type { Work } from './work.ts';

interface ListOptions {
  readonly status?: readonly RunStatus[];
  readonly workflow?: string;
  readonly circuit?: string;
  readonly onVersion?: string;
  readonly parent?: string;
  readonly limit: number;
}

/** Adds the commands that look at runs. */
export function addInspectCommands(program: Command, work: Work): void {
  addList(program, work);
  program
    .command('show')
    .description('show a run: its steps with attempts, waits, errors and durations')
    .argument('<run>', 'the id of the run')
    .action((id: string) =>
      work(async (client, output) => {
        const run = await client.describe(id);
        output.show(run, (paint) => runPage(run, output.now, paint));
      }),
    );
  program
    .command('counts')
    .description('count the runs by status, and those that are parked by circuit')
    .action(() =>
      work(async (client, output) => {
        const counts = await client.counts();
        output.show(counts, (paint) => countTable(counts, paint));
      }),
    );
}

function addList(program: Command, work: Work): void {
  const status = new Option(
    '-s, --status <status>',
    'those that stand so; several with commas',
  ).argParser(readStatuses);
  program
    .command('list')
    .description('list runs, the newest first')
    .addOption(status)
    .option('-w, --workflow <name>', 'those of this workflow')
    .option('-c, --circuit <name>', 'those that are parked on this circuit')
    .option('--on-version <version>', 'those of this version of their workflow')
    .option('--parent <run>', 'the branches of this run')
    .option('-n, --limit <count>', 'so many at most', readLimit, 100)
    .action((options: ListOptions) => work((client, output) => list(client, output, options)));
}

const list = async (
  ...[client, output, options]: [...Parameters<Parameters<Work>[0]>, ListOptions]
): Promise<void> => {
  const runs = await client.list(filterOf(options));
  output.show(runs, (paint) => (runs.length === 0 ? 'No runs' : runTable(runs, output.now, paint)));
  if (runs.length === options.limit)
    output.note(`There may be more: --limit ${options.limit * 10}`);
};

function filterOf({ onVersion, ...options }: ListOptions): RunFilter {
  return { ...options, ...(onVersion !== undefined && { version: onVersion }) };
}

function readStatuses(text: string): readonly RunStatus[] {
  const wanted = text.split(',').map((status) => status.trim());
  const unknown = wanted.find((status) => !(statuses as readonly string[]).includes(status));
  if (unknown === undefined) return wanted as RunStatus[];
  throw new InvalidArgumentError(`It takes ${statuses.join(', ')}.`);
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw new InvalidArgumentError('It takes an integer of at least 1.');
}
