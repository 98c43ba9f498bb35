// So many workflows against a service that is down, and then bears few calls at once: how many calls
// it gets, and how soon all are done; with Highway and with plain retries, one after the other.
import {
  Command,
  count,
  numberFrom,
  print,
  readArguments,
  printInstead,
  sideBySide,
  time,
  integerFrom,
} from '@highway-examples/drill-kit';
import { startPostgres } from '@highway/servers';
import { Timeline } from '../timeline.ts';
import { provideDatabases } from '../database.ts';
import { OrderDrill } from '../drill/order-drill.ts';
import type { WorkerKind } from '../messages.ts';
import { makeOrders } from '../orders.ts';
import { figuresOf } from '../report/figures.ts';
import type { SideFigures } from '../report/figures.ts';
import { SideTally } from '../report/side-tally.ts';
import { bankCapacity } from '../services/bank-life.ts';

interface BenchOptions {
  readonly workflows: number;
  readonly outage: number;
}

const program = new Command('bench:workflow')
  .option('--workflows <n>', 'how many workflows', integerFrom(10, 10_000), 1_000)
  .option('--outage <seconds>', 'how long the service is down', numberFrom(1, 60), 5);
const command = readArguments<BenchOptions>(program, process.argv.slice(2));
if (command.type === 'run') await bench(command.options);
else printInstead(command);

async function bench({ workflows, outage }: BenchOptions): Promise<void> {
  print([
    `${count(workflows)} workflows at once, a service that is down for ${outage} s and then bears ${bankCapacity} calls at once.`,
  ]);
  await using postgres = await startPostgres();
  const url = new URL(postgres.url);
  const highway = await measure('highway', { workflows, outage }, url);
  const plain = await measure('plain', { workflows, outage }, url);
  const row = (label: string, cell: (figures: SideFigures) => string): [string, string, string] => [
    label,
    cell(highway),
    cell(plain),
  ];
  const table = sideBySide(
    ['Highway', 'Plain retries'],
    [
      row('Done, each once', ({ done }) => count(done)),
      row('Calls', ({ bankCalls }) => count(bankCalls)),
      row('  of these while it was down', ({ bankCallsInOutage }) => count(bankCallsInOutage)),
      row('  of these rejected for overload', ({ rejectedForOverload }) =>
        count(rejectedForOverload),
      ),
      row('Last done, after the recovery', ({ recoveredAfter }) =>
        time(recoveredAfter ?? undefined),
      ),
    ],
  );
  print([table, ...verdict(highway, workflows)]);
}

async function measure(
  kind: WorkerKind,
  { workflows, outage }: BenchOptions,
  url: URL,
): Promise<SideFigures> {
  const timeline = Timeline.ofBench(outage);
  const orders = makeOrders(workflows, 1);
  const tally = new SideTally(kind, kind, '');
  await using databases = await provideDatabases([kind], url);
  const parts = {
    work: 'payments',
    orders,
    timeline,
    seed: 1,
    databases,
    tallies: [tally],
  } as const;
  await new OrderDrill(parts).run(new AbortController().signal);
  return figuresOf(tally, orders, timeline, () => ['charge']);
}

/** What was promised, and whether it was kept; the time needs a machine with nothing else to do. */
function verdict(figures: SideFigures, workflows: number): string[] {
  const { done, bankCalls, rejectedForOverload, recoveredAfter } = figures;
  const promises: readonly (readonly [string, boolean])[] = [
    ['none is lost', done === workflows],
    ['at most 1.1 calls a workflow', bankCalls <= 1.1 * workflows],
    ['none rejected for overload', rejectedForOverload === 0],
    ['the last done within 5 s of the recovery', (recoveredAfter ?? Infinity) <= 5_000],
  ];
  if (promises.some(([, kept]) => !kept)) process.exitCode = 1;
  return promises.map(([promise, kept]) => `${kept ? '✔' : '✘'} ${promise}`);
}
