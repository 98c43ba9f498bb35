import { drillMain, print, runWithView } from '@highway-examples/drill-kit';
import type { DrillReport } from '@highway-examples/drill-kit';
import { Timeline } from './timeline.ts';
import { provideDatabases } from './database.ts';
import { OrderDrill } from './drill/order-drill.ts';
import { readCommandLine } from './options.ts';
import type { OrderDrillOptions } from './options.ts';
import { makeOrders } from './orders.ts';
import { orderDisplay } from './report/order-display.ts';
import { resultsOf } from './report/results.ts';
import type { OrderDrillResults } from './report/results.ts';
import { SideTally } from './report/side-tally.ts';
import { isRight, renderTable, verdict } from './report/table.ts';

await drillMain(readCommandLine(process.argv.slice(2)), play);

async function play(options: OrderDrillOptions, signal: AbortSignal): Promise<DrillReport> {
  const results = await drill(options, signal);
  return {
    lines: ['', renderTable(results), '', ...verdict(results)],
    results,
    failed: !results.interrupted && !allRight(results),
  };
}

async function drill(options: OrderDrillOptions, signal: AbortSignal): Promise<OrderDrillResults> {
  const timeline = Timeline.ofDrill(options.outage);
  const orders = makeOrders(options.orders, options.seed);
  const tallies = [
    new SideTally('highway', 'Highway', 'steps park while their circuit is open'),
    new SideTally('plain', 'Plain retries', 'steps of DBOS, retried every 200 ms'),
  ];
  const kinds = tallies.map(({ kind }) => kind);
  await using databases = await provideDatabases(kinds, options.databaseUrl);
  print([
    `${options.orders} orders, an outage of ${options.outage} s, seed ${options.seed}, ${databases.title}. Ctrl-C ends it early.`,
  ]);
  const parts = {
    work: 'orders',
    orders,
    timeline,
    seed: options.seed,
    databases,
    tallies,
  } as const;
  const display = orderDisplay(tallies, options.orders, timeline);
  const endedAt = await runWithView(new OrderDrill(parts), display, signal);
  const interrupted = signal.aborted;
  return resultsOf({
    options,
    orders,
    outage: timeline,
    tallies,
    database: databases.title,
    endedAt,
    interrupted,
  });
}

function allRight({ sides, orders }: OrderDrillResults): boolean {
  return sides.every(({ figures }) => isRight(figures, orders));
}
