import {
  Command,
  InvalidArgumentError,
  newFile,
  numberFrom,
  readArguments,
  wholeNumberFrom,
} from '@highway-examples/drill-kit';
import type { CommandLine } from '@highway-examples/drill-kit';

/** What the user asked for. */
export interface OrderDrillOptions {
  readonly orders: number;
  readonly seed: number;
  /** How long the payment service is down, in seconds. */
  readonly outage: number;
  /** Where all figures go, as JSON. */
  readonly json?: string;
  /** A Postgres of the user's own, in place of the embedded one. */
  readonly databaseUrl?: URL;
}

const notes = `
Ctrl-C ends the drill early, shows the table so far and exits with code 130.
Exit codes: 0 done, 1 the drill itself failed, 2 bad options, 130 interrupted.`;

/** Reads the command line, without the names of Node and of the script. */
export function readCommandLine(args: readonly string[]): CommandLine<OrderDrillOptions> {
  const program = new Command('order-workflow')
    .description(
      'Places orders through a durable workflow while the payment service has an outage and the ' +
        'worker is killed twice, beside the same orders with plain retries.',
    )
    .option('--orders <n>', 'how many orders', wholeNumberFrom(10, 5_000), 100)
    .option('--seed <n>', 'what chance starts from', wholeNumberFrom(0, 2 ** 32 - 1), 1)
    .option('--outage <seconds>', 'how long the payment service is down', numberFrom(1, 120), 8)
    .option('--json <file>', 'write all figures, second by second, to this file', newFile)
    .option('--database-url <url>', 'a Postgres of your own, for databases of its own', postgresUrl)
    .addHelpText('after', notes);
  return readArguments(program, args);
}

function postgresUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw new InvalidArgumentError(
      'Allowed: a URL that begins with postgres:// or postgresql://, with a host.',
    );
  }
  return url;
}
