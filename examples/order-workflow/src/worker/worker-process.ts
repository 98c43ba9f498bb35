import { onOrder, readPlan, tell } from '@highway-examples/drill-kit';
import { seededRandom } from '@highway/resilience/testing';
import { Highway } from '@highway/workflow';
import type { WorkerOrder, WorkerPlan, WorkerReport } from '../messages.ts';
import type { Order } from '../orders.ts';
import { defineOrders, definePayments } from './order-workflow.ts';
import { definePlainOrders, definePlainPayments } from './plain-orders.ts';
import { shopAt } from './shop.ts';

const statusEveryMs = 400;

const { kind, work, database, urls, seed } = readPlan() as WorkerPlan;
const random = seededRandom(seed);
// The same executor id after each crash, so that it continues its own runs.
const highway = new Highway({ name: 'shop', executorId: 'worker', random, ...database });
const ask = shopAt(urls);
const definitions = {
  highway: { orders: defineOrders, payments: definePayments },
  plain: { orders: definePlainOrders, payments: definePlainPayments },
};
const { workflow, bank } = definitions[kind][work](highway, ask, random);

let stopping = false;
onOrder((order: WorkerOrder) => {
  if (order.type === 'stop') void stop();
  else for (const each of order.orders) void place(each);
});
await highway.start();
tell({ type: 'ready' } satisfies WorkerReport);
await watch();

async function place(order: Order): Promise<void> {
  await workflow.start(order, { id: order.id });
  tell({ type: 'placed', id: order.id } satisfies WorkerReport);
}

async function watch(): Promise<void> {
  while (!stopping) {
    const counts = await highway.runs.counts();
    tell({ type: 'status', ...counts, circuit: bank?.state } satisfies WorkerReport);
    await new Promise((resolve) => setTimeout(resolve, statusEveryMs));
  }
}

async function stop(): Promise<void> {
  stopping = true;
  await highway.stop({ drain: '500ms' });
  process.exit();
}
