import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
} from '@highway/resilience';
import type { Context } from '../../src/engine/run/context.ts';
import type { Workflow } from '../../src/workflow.ts';
import { Service } from './service.ts';
import { stateOf } from './world.ts';
import type { World } from './world.ts';

// Enough for the whole outage, however short the random pauses are.
export const maxRetries = 12;
export const trialCalls = 2;
export const capacity = 3;

/** A shop, as a test sees it. */
export interface Shop {
  readonly world: World;
  readonly buy: Workflow<{ n: number; lines: string[] }, unknown>;
  readonly bank: Service;
  readonly stock: Service;
}

/**
 * A shop whose orders reserve, pay a bank with an outage, wait for a signal, pack their lines, and may
 * fail. They use everything that writes to the journal.
 */
export function shop(world: World): Shop {
  const { clock } = world;
  const breaker = new CircuitBreakerPolicy({
    name: 'bank',
    clock,
    failureThreshold: consecutive(3),
    successThreshold: '2/2',
    cooldown: 500,
  });
  const bank = new Service({ clock, capacity, down: [30, 2_000], breaker });
  const stock = new Service({ clock, takesMs: 3 });
  const backoff = new Backoff({ minDelay: 50, maxDelay: 800, jitter: 0.5, random: world.random });
  const policy = new Failsafe({
    policies: [
      new RetryPolicy({ maxRetries, backoff, clock }),
      breaker,
      new BulkheadPolicy({ maxConcurrent: capacity, clock }),
    ],
  });
  const pack = world.workflow('pack', (line: string, ctx: Context) =>
    ctx.step('pack', (s) => stock.call(s.idempotencyKey, line.toUpperCase())),
  );
  const buy = world.workflow('buy', async (order: { n: number; lines: string[] }, ctx: Context) => {
    const hold = await ctx.step('reserve', (s) => stock.call(s.idempotencyKey, order.n), {
      compensate: (value, s) => stock.call(s.idempotencyKey, value),
    });
    const paid = await ctx.step('pay', (s) => bank.call(s.idempotencyKey, order.n * 2), {
      policy,
      compensate: (value, s) => bank.call(s.idempotencyKey, value),
    });
    const word = await ctx.waitFor<string>('word');
    await ctx.publish('paid', paid);
    const lines = await ctx.forEach('lines', order.lines, pack, { concurrency: 2 });
    const isNew = await ctx.patched('naps');
    await ctx.sleep(40);
    if (order.n % 4 === 3) throw Object.assign(new Error('lost'), { code: 'LOST' });
    return { hold, paid, word, lines, isNew };
  });
  return { world, buy, bank, stock };
}

/** Starts an order in the shop, and retries if that can't be written at first. */
export function order({ world, buy }: Shop, n: number): string {
  const id = `o${n}`;
  while (!world.store.runs.has(id)) {
    try {
      world.start(buy, id, { n, lines: ['a', 'b', 'c'].slice(0, n % 4) });
    } catch {
      // The caller of start gets the error, and tries again.
    }
  }
  world.signal(id, 'word', `word ${n}`);
  return id;
}

/**
 * Watches the journal of a shop: how often each step's function had run when its result was recorded.
 * It never runs again after that.
 */
export function watchRecords({ world, bank, stock }: Shop): Map<string, number> {
  const recorded = new Map<string, number>();
  world.store.onWrite = () => {
    for (const run of world.store.runs.values()) {
      const last = run.entries.at(-1);
      const key = `${run.id}:${last?.name ?? ''}`;
      const calls = bank.callsByKey.get(key) ?? stock.callsByKey.get(key);
      if (stateOf(last?.text) !== 'done' || calls === undefined) continue;
      if (!recorded.has(key)) recorded.set(key, calls);
    }
  };
  return recorded;
}
