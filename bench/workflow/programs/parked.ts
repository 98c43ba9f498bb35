// What parked workflows cost: heap in the process, and queries to the database.
import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { Highway } from '@highway/workflow';
import pg from 'pg';
import { sendResult } from '../run-program.ts';

const [databaseUrl = '', count = ''] = process.argv.slice(2);
const total = Number(count);
const watchMs = 10_000;
const queries = countQueries();
const breaker = new CircuitBreakerPolicy({ name: 'service' });
breaker.isolate();
const highway = new Highway({ name: 'bench', databaseUrl });
const call = highway.workflow(
  'call',
  (_: number, ctx) => ctx.step('call', () => 'done', { policy: breaker }),
  { concurrency: 100, maxOpen: total },
);
await highway.start();
const before = { heap: heap(), rate: await queriesPerSecond() };
for (let n = 0; n < total; n += 200) {
  const size = Math.min(200, total - n);
  await Promise.all(Array.from({ length: size }, (_, i) => call.start(n + i)));
}
while ((await highway.runs.counts()).circuits['service'] !== total) await sleep(200);
// What it took to get there is let go of.
await sleep(2_000);
const after = { heap: heap(), rate: await queriesPerSecond() };
sendResult({
  bytesEach: Math.round((after.heap - before.heap) / total),
  queriesPerSecondBefore: before.rate,
  queriesPerSecondAfter: after.rate,
});

function heap(): number {
  for (let i = 0; i < 5; i += 1) globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

/** Counted where they are made: the database's own statistics come late. */
function countQueries(): () => number {
  let count = 0;
  const { prototype } = pg.Client;
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const query = prototype.query as (...args: unknown[]) => unknown;
  Object.assign(prototype, {
    query(this: unknown, ...args: unknown[]): unknown {
      count += 1;
      return query.apply(this, args);
    },
  });
  return () => count;
}

async function queriesPerSecond(): Promise<number> {
  const begin = queries();
  await sleep(watchMs);
  return Math.round((queries() - begin) / (watchMs / 1000));
}
