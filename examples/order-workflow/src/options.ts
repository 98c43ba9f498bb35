import {
  addCommonOptions,
  Command,
  InvalidArgumentError,
  numberFrom,
  readArguments,
  integerFrom,
} from '@highway-examples/drill-kit';
import type { CommandLine, CommonOptions } from '@highway-examples/drill-kit';

/** What the user asked for. */
export interface OrderDrillOptions extends CommonOptions {
  readonly orders: number;
  /** How long the payment service is down, in seconds. */
  readonly outage: number;
  /** A Postgres of the user's own, in place of the embedded one. */
  readonly databaseUrl?: URL;
}

/** Reads the command line, without the names of Node and of the script. */
export function readCommandLine(args: readonly string[]): CommandLine<OrderDrillOptions> {
  const program = new Command('order-workflow')
    .description(
      'Places orders through a durable workflow while the payment service has an outage and the ' +
        'worker is killed twice, beside the same orders with plain retries.',
    )
    .option('--orders <n>', 'how many orders', integerFrom(10, 5_000), 100)
    .option('--outage <seconds>', 'how long the payment service is down', numberFrom(1, 120), 8)
    .option(
      '--database-url <url>',
      'a Postgres of your own, for databases of its own',
      postgresUrl,
    );
  return readArguments(addCommonOptions(program), args);
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
