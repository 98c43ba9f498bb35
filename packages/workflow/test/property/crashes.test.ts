import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trialCalls, capacity, maxRetries, order, shop, watchRecords } from '../support/shop.ts';
import { World } from '../support/world.ts';

async function play(seed: number, crashes: ReadonlySet<number>) {
  const world = new World({ seed, trialCalls });
  const its = shop(world);
  const recorded = watchRecords(its);
  const watch = world.store.onWrite;
  world.store.onWrite = (write) => {
    watch(write);
    if (crashes.has(write)) world.worker.die();
  };
  const ids: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    ids.push(order(its, n));
    if (world.worker.dead) world.crash();
  }
  await world.finish();
  return { ...its, recorded, outcomes: ids.map((id) => world.outcome(id)) };
}

describe('a shop whose process dies after any write', () => {
  it('returns the same results, repeats no recorded step, and respects its limits', async () => {
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
            recorded,
            world: played,
          } = await play(seed, new Set(crashes));
          expect(outcomes).toEqual(expected);
          expect(bank.mostTrials).toBeLessThanOrEqual(trialCalls * (1 + played.deaths));
          for (const service of [bank, stock]) {
            for (const [key, calls] of service.callsByKey) {
              expect([key, recorded.get(key)]).toEqual([key, calls]);
              expect(calls).toBeLessThanOrEqual(maxRetries + 1 + played.deaths);
            }
          }
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1) * 40 },
    );
  }, 120_000);

  it('does so at every single write', async () => {
    const { outcomes: expected, world } = await play(7, new Set());
    for (let write = 1; write <= world.store.writes; write += 1) {
      const { outcomes, bank } = await play(7, new Set([write]));
      expect(outcomes).toEqual(expected);
      expect(bank.mostAtOnce).toBeLessThanOrEqual(2 * capacity);
    }
  }, 120_000);
});
