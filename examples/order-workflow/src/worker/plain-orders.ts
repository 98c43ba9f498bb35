import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Highway } from '@highway/workflow';
import type { Order } from '../orders.ts';
import type { Effect } from '../services/effects.ts';
import type { OrderWorkflow } from './order-workflow.ts';
import { isPassing } from './shop.ts';
import type { Ask, Receipt } from './shop.ts';

/** As retries are often written: again and again, after a fixed wait, until it works. */
const retries = {
  retriesAllowed: true,
  maxAttempts: 100_000,
  intervalSeconds: 0.2,
  backoffRate: 1,
} as const;

type Step = (effect: Effect, order: Order) => Promise<Receipt>;

function stepsOf(ask: Ask): Step {
  return (effect, order) => {
    const idempotencyKey = `${order.id}:${effect}`;
    return DBOS.runStep(() => ask(effect, order, { idempotencyKey }), {
      name: effect,
      ...retries,
      shouldRetry: isPassing,
    });
  };
}

/** Nothing but the payment of an order. */
export function definePlainPayments(highway: Highway, ask: Ask): OrderWorkflow {
  const step = stepsOf(ask);
  const workflow = highway.workflow('payment', (order: Order) => step('charge', order), {
    concurrency: 10_000,
    version: '1',
  });
  return { workflow };
}

/**
 * The same orders on the same database, with bare steps of DBOS and its own retries: no circuit, and
 * all orders at once. Compensation is written by hand.
 */
export function definePlainOrders(highway: Highway, ask: Ask): OrderWorkflow {
  const step = stepsOf(ask);
  const workflow = highway.workflow(
    'order',
    async (order: Order) => {
      const hold = await step('reserve', order);
      const payment = await step('charge', order);
      try {
        const parcel = await step('ship', order);
        return { hold: hold.id, payment: payment.id, parcel: parcel.id };
      } catch (error) {
        await step('refund', order);
        await step('release', order);
        throw error;
      }
    },
    { concurrency: 10_000, version: '1' },
  );
  return { workflow };
}
