import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
} from '@highway/resilience';
import type { Context } from '../../src/run/context.ts';
import { Service } from '../support/service.ts';
import { stateOf, World } from '../support/world.ts';

const maxRetries = 6;
const canaries = 2;
const capacity = 3;

/** A shop: orders that reserve, pay a bank with an outage, pack their lines, ship, and may fail. */
function shop(world: World) {
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
    const lines = await ctx.forEach('lines', order.lines, pack, { concurrency: 2 });
    await ctx.sleep(40);
    if (order.n % 4 === 3) throw Object.assign(new Error('lost'), { code: 'LOST' });
    return { hold, paid, lines };
  });
  return { buy, bank, stock };
}

async function play(seed: number, crashes: ReadonlySet<number>) {
  const world = new World({ seed, canaries });
  const { buy, bank, stock } = shop(world);
  /** Calls that were under way, or had ended unrecorded, when the process died. */
  const doneKeys = new Map<string, number>();
  world.store.onWrite = (write) => {
    for (const run of world.store.runs.values()) {
      const last = run.entries.at(-1);
      const state = stateOf(last?.text);
      const key = `${run.id}:${last?.name ?? ''}`;
      const calls = bank.callsByKey.get(key) ?? stock.callsByKey.get(key);
      if (state === 'done' && calls !== undefined && !doneKeys.has(key)) doneKeys.set(key, calls);
    }
    if (crashes.has(write)) world.worker.die();
  };
  const runs = 6;
  for (let n = 0; n < runs; n += 1) {
    world.start(buy, `o${n}`, { n, lines: ['a', 'b', 'c'].slice(0, n % 4) });
    if (world.worker.dead) world.crash();
  }
  await world.finish();
  const outcomes = Array.from({ length: runs }, (_, n) => world.outcome(`o${n}`));
  return { world, bank, stock, doneKeys, outcomes };
}

describe('a shop whose process dies after any write', () => {
  it('comes to the same results, runs no recorded step again, and keeps within its limits', async () => {
    const { outcomes: expected, world } = await play(1, new Set());
    const writes = world.store.writes;
    expect(expected.map(({ ok }) => ok)).toEqual([true, true, true, false, true, true]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.uniqueArray(fc.integer({ min: 1, max: writes + 40 }), { minLength: 1, maxLength: 8 }),
        async (seed, crashes) => {
          const {
            outcomes,
            bank,
            stock,
            doneKeys,
            world: played,
          } = await play(seed, new Set(crashes));
          expect(outcomes).toEqual(expected);
          expect(bank.mostTrials).toBeLessThanOrEqual(canaries * (1 + played.deaths));
          for (const service of [bank, stock]) {
            for (const [key, calls] of service.callsByKey) {
              expect([key, doneKeys.get(key)]).toEqual([key, calls]);
              expect(calls).toBeLessThanOrEqual(maxRetries + 1 + played.deaths);
            }
          }
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1) * 40 },
    );
  }, 120_000);

  it('does so wherever it dies', async () => {
    const { outcomes: expected, world } = await play(7, new Set());
    for (let write = 1; write <= world.store.writes; write += 1) {
      const { outcomes, bank } = await play(7, new Set([write]));
      expect(outcomes).toEqual(expected);
      expect(bank.mostAtOnce).toBeLessThanOrEqual(2 * capacity);
    }
  }, 120_000);
});
