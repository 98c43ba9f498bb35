import {
  addCommonOptions,
  Command,
  InvalidArgumentError,
  numberFrom,
  Option,
  readArguments,
  integerFrom,
} from '@highway-examples/drill-kit';
import type { CommandLine, CommonOptions } from '@highway-examples/drill-kit';
import { storeKindOf } from './fleet/fleet-plan.ts';
import type { StoreKind } from './fleet/fleet-plan.ts';

/** The options that the user chose. */
export interface DrillOptions extends CommonOptions {
  /** How long the drill takes. The script stretches to fit. */
  readonly seconds: number;
  /** Calls per second of each group, or of each fleet. */
  readonly rate: number;
  /** The user's own endpoint, instead of the scripted service. */
  readonly url?: URL;
  /** How many processes share one circuit, beside as many that do not. */
  readonly fleet?: number;
  /** The store that the drill starts for them. */
  readonly store?: StoreKind;
  /** The user's own store, instead. */
  readonly storeUrl?: URL;
}

const notes = `
npm start -- --workflow runs the drill of durable workflows, which has its own --help.`;

/** Reads the command line, without the names of Node and of the script. */
export function readCommandLine(args: readonly string[]): CommandLine<DrillOptions> {
  const command = readArguments<Omit<DrillOptions, 'rate'> & { rate?: number }>(
    commandLine(),
    args,
    checkTogether,
  );
  if (command.type !== 'run') return command;
  const { options } = command;
  const { rate = options.fleet === undefined ? groupRate : fleetRate } = options;
  return { type: 'run', options: { ...options, rate } };
}

/** A fleet makes few calls in each process: that is where a process alone notices an outage late. */
const groupRate = 60;
const fleetRate = 30;

/** Rejects options of a fleet without `--fleet`. */
function checkTogether(program: Command): void {
  const { fleet, store, storeUrl } = program.opts<DrillOptions>();
  if (fleet !== undefined) return;
  for (const [option, value] of Object.entries({ '--store': store, '--store-url': storeUrl })) {
    if (value !== undefined) program.error(`error: option '${option}' needs '--fleet <n>'`);
  }
}

function commandLine(): Command {
  const program = new Command('outage-drill')
    .description(
      'Sends real traffic through a scripted outage, and compares callers with bare retries to ' +
        'callers that use createFetch.',
    )
    .option(
      '--seconds <n>',
      'how long the drill takes; the script stretches to fit',
      numberFrom(3, 600),
      20,
    )
    .option(
      '--rate <n>',
      `calls per second of each group (default: ${groupRate}) or each fleet (default: ${fleetRate})`,
      numberFrom(20, 500),
    )
    .option('--url <url>', 'call your own endpoint (GET), only with createFetch', httpUrl)
    .addOption(
      new Option('--fleet <n>', 'compare n processes that share one circuit with n that do not')
        .argParser(integerFrom(2, 20))
        .conflicts('url'),
    )
    .option(
      '--store <kind>',
      'the store they share it through: redis (default) or postgres',
      storeKind,
    )
    .addOption(
      new Option('--store-url <url>', 'use your own Redis or Postgres as the store')
        .argParser(storeUrl)
        .conflicts('store'),
    );
  return addCommonOptions(program).addHelpText('after', notes);
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new InvalidArgumentError('Allowed: an http or https URL without a user name.');
  }
  return url;
}

function storeKind(text: string): StoreKind {
  if (text === 'redis' || text === 'postgres') return text;
  throw new InvalidArgumentError('Allowed: redis or postgres.');
}

function storeUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || storeKindOf(url) === undefined) {
    throw new InvalidArgumentError(
      'Allowed: a URL that starts with redis://, rediss://, postgres:// or postgresql://.',
    );
  }
  return url;
}
