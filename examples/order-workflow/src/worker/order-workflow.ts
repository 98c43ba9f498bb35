import type { Random } from '@highway/resilience';
import type { Highway, Workflow } from '@highway/workflow';
import type { Order } from '../orders.ts';
import { protectionOf } from './policies.ts';
import type { Protection } from './policies.ts';
import type { Ask, Receipt } from './shop.ts';

/** The workflow of an order, and the circuit of the payment service. */
export interface OrderWorkflow {
  readonly workflow: Workflow<Order, unknown>;
  readonly bank?: Protection['breaker'];
}

/** Nothing but the payment of an order. */
export function definePayments(highway: Highway, ask: Ask, random: Random): OrderWorkflow {
  const { policy, breaker } = protectionOf('bank', random);
  const workflow = highway.workflow(
    'payment',
    (order: Order, ctx) => ctx.step('pay', (s) => ask('charge', order, s), { policy }),
    { concurrency: 50, version: '1' },
  );
  return { workflow, bank: breaker };
}

/**
 * Reserve, pay, ship. A step whose service is down is parked until its circuit lets calls through
 * again; if shipping rejects the order, payment and reservation are compensated.
 */
export function defineOrders(highway: Highway, ask: Ask, random: Random): OrderWorkflow {
  const stock = protectionOf('stock', random);
  const bank = protectionOf('bank', random);
  const shipping = protectionOf('shipping', random);

  const workflow = highway.workflow(
    'order',
    async (order: Order, ctx) => {
      const hold = await ctx.step<Receipt>('reserve', (s) => ask('reserve', order, s), {
        policy: stock.policy,
        compensate: (_, s) => ask('release', order, s),
      });
      const payment = await ctx.step<Receipt>('pay', (s) => ask('charge', order, s), {
        policy: bank.policy,
        compensate: (_, s) => ask('refund', order, s),
      });
      const parcel = await ctx.step<Receipt>('ship', (s) => ask('ship', order, s), {
        policy: shipping.policy,
      });
      return { hold: hold.id, payment: payment.id, parcel: parcel.id };
    },
    { concurrency: 50, version: '1' },
  );
  return { workflow, bank: bank.breaker };
}
