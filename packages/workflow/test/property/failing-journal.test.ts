import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WriteFault } from '../support/memory-store.ts';
import { trialCalls, maxRetries, order, shop, watchRecords } from '../support/shop.ts';
import type { Shop } from '../support/shop.ts';
import { World } from '../support/world.ts';
import type { Outcome } from '../support/world.ts';

type Faults = ReadonlyMap<number, WriteFault>;

interface Played extends Shop {
  readonly recorded: ReadonlyMap<string, number>;
  readonly outcomes: readonly Outcome[];
  /** The compensated steps of each run. */
  readonly compensated: readonly string[];
}

/** Runs a shop while writes to the journal fail, and its process may die. */
async function play(seed: number, faults: Faults, crashAt?: number): Promise<Played> {
  const world = new World({ seed, trialCalls });
  const its = shop(world);
  const recorded = watchRecords(its);
  const watch = world.store.onWrite;
  world.store.onWrite = (write) => {
    watch(write);
    if (write === crashAt) world.worker.die();
  };
  world.store.faultAt = (attempt) => faults.get(attempt);
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    ids.push(order(its, n));
    if (world.worker.dead) world.crash();
  }
  await world.finish();
  const compensated = ids.flatMap((id) =>
    world
      .run(id)
      .entries.flatMap(({ name }) => (name.startsWith('compensate/') ? [`${id} ${name}`] : [])),
  );
  return { ...its, recorded, compensated, outcomes: ids.map((id) => world.outcome(id)) };
}

/** Checks that the outcomes of the runs don't show that writes have failed. */
function expectRight(played: Played, expected: Played): void {
  const { world, outcomes, bank, stock, recorded } = played;
  expect(outcomes).toEqual(expected.outcomes);
  expect(new Set(played.compensated)).toEqual(new Set(expected.compensated));
  expect(bank.mostTrials).toBeLessThanOrEqual(trialCalls * (1 + world.deaths));
  for (const service of [bank, stock]) {
    for (const [key, calls] of service.callsByKey) {
      expect([key, recorded.get(key)]).toEqual([key, calls]);
      expect(calls).toBeLessThanOrEqual(maxRetries + 1 + world.deaths + world.store.faults);
    }
  }
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1);
const isLong = runs > 1;
const kinds = ['transient', 'permanent', 'lost'] as const;

describe('a shop whose journal fails at any write', () => {
  it('returns the same results, compensates nothing because of it, and repeats no recorded step', async () => {
    const expected = await play(1, new Map());
    expect(expected.outcomes.map(({ ok }) => ok)).toEqual([true, true, true, false, true]);
    const writes = expected.world.store.writes;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: writes + 60 }), fc.constantFrom(...kinds)), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.option(fc.integer({ min: 1, max: writes }), { nil: undefined }),
        async (seed, faults, crashAt) => {
          expectRight(await play(seed, new Map(faults), crashAt), expected);
        },
      ),
      { numRuns: runs * 25 },
    );
  }, 120_000);

  it('does so for every single failing write and every kind of fault', async () => {
    const expected = await play(7, new Map());
    const writes = expected.world.store.writes;
    for (let write = 1; write <= writes; write += 1) {
      // By default, each kind at every third write; on demand, all kinds at each write.
      for (const kind of isLong ? kinds : [kinds[write % kinds.length]!]) {
        const played = await play(7, new Map([[write, kind]]));
        expect(played.world.store.faults).toBe(1);
        expectRight(played, expected);
      }
    }
  }, 120_000);

  it('does so if every other write fails', async () => {
    const expected = await play(3, new Map());
    for (const kind of kinds) {
      const faults = new Map(Array.from({ length: 5_000 }, (_, n) => [2 * n + 1, kind] as const));
      expectRight(await play(3, faults), expected);
    }
  }, 120_000);
});
