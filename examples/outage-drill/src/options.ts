import {
  addCommonOptions,
  Command,
  InvalidArgumentError,
  numberFrom,
  Option,
  readArguments,
  wholeNumberFrom,
} from '@highway-examples/drill-kit';
import type { CommandLine, CommonOptions } from '@highway-examples/drill-kit';
import { storeKindOf } from './fleet/fleet-plan.ts';
import type { StoreKind } from './fleet/fleet-plan.ts';

/** What the user asked for. */
export interface DrillOptions extends CommonOptions {
  /** How long it takes; the script is stretched to it. */
  readonly seconds: number;
  /** Calls a second of each group, or of each fleet. */
  readonly rate: number;
  /** An endpoint of the user's own, in place of the scripted service. */
  readonly url?: URL;
  /** So many processes that share one circuit, beside as many that don't. */
  readonly fleet?: number;
  /** What the drill starts for them to share it through. */
  readonly store?: StoreKind;
  /** A store of the user's own, in its place. */
  readonly storeUrl?: URL;
}

const notes = `
npm start -- --workflow runs the drill of durable workflows, which has a --help of its own.`;

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

/** Few calls for each process of a fleet, as it is where learning alone takes long. */
const groupRate = 60;
const fleetRate = 30;

/** Refuses options of a fleet where there is none. */
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
      'Plays an outage with real traffic, and shows what it does to callers with bare retries and ' +
        'to callers behind a Failsafe.',
    )
    .option(
      '--seconds <n>',
      'how long it takes; the script is stretched to it',
      numberFrom(3, 600),
      20,
    )
    .option(
      '--rate <n>',
      `calls a second of each group (default: ${groupRate}), or of each fleet (default: ${fleetRate})`,
      numberFrom(20, 500),
    )
    .option('--url <url>', 'call your own endpoint (GET), through the Failsafe alone', httpUrl)
    .addOption(
      new Option('--fleet <n>', 'n processes share one circuit, beside n that learn alone')
        .argParser(wholeNumberFrom(2, 20))
        .conflicts('url'),
    )
    .option('--store <kind>', 'what they share it through: redis (default) or postgres', storeKind)
    .addOption(
      new Option('--store-url <url>', 'a Redis or Postgres of your own for that')
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
      'Allowed: a URL that begins with redis://, rediss://, postgres:// or postgresql://.',
    );
  }
  return url;
}
