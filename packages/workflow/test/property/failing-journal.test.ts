import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WriteFault } from '../support/memory-store.ts';
import { canaries, maxRetries, order, shop, watchRecords } from '../support/shop.ts';
import type { Shop } from '../support/shop.ts';
import { World } from '../support/world.ts';
import type { Outcome } from '../support/world.ts';

type Faults = ReadonlyMap<number, WriteFault>;

interface Played extends Shop {
  readonly recorded: ReadonlyMap<string, number>;
  readonly outcomes: readonly Outcome[];
  /** What was undone, of which run. */
  readonly undone: readonly string[];
}

/** Has a shop take orders while writes to the journal go wrong, and its process may die. */
async function play(seed: number, faults: Faults, crashAt?: number): Promise<Played> {
  const world = new World({ seed, canaries });
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
  const undone = ids.flatMap((id) =>
    world
      .run(id)
      .entries.flatMap(({ name }) => (name.startsWith('undo/') ? [`${id} ${name}`] : [])),
  );
  return { ...its, recorded, undone, outcomes: ids.map((id) => world.outcome(id)) };
}

/** Checks that nobody can see by the ends of the runs that something went wrong. */
function expectRight(played: Played, expected: Played): void {
  const { world, outcomes, bank, stock, recorded } = played;
  expect(outcomes).toEqual(expected.outcomes);
  expect(new Set(played.undone)).toEqual(new Set(expected.undone));
  expect(bank.mostTrials).toBeLessThanOrEqual(canaries * (1 + world.deaths));
  for (const service of [bank, stock]) {
    for (const [key, calls] of service.callsByKey) {
      expect([key, recorded.get(key)]).toEqual([key, calls]);
      expect(calls).toBeLessThanOrEqual(maxRetries + 1 + world.deaths + world.store.faults);
    }
  }
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1);
const isLong = runs > 1;
const kinds = ['passing', 'refused', 'lost'] as const;

describe('a shop whose journal fails at any write', () => {
  it('comes to the same results, undoes nothing for that, and runs no recorded step again', async () => {
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

  it('does so wherever it fails once, and however', async () => {
    const expected = await play(7, new Map());
    const writes = expected.world.store.writes;
    for (let write = 1; write <= writes; write += 1) {
      // Each way at every third write; on demand, all at each.
      for (const kind of isLong ? kinds : [kinds[write % kinds.length]!]) {
        const played = await play(7, new Map([[write, kind]]));
        expect(played.world.store.faults).toBe(1);
        expectRight(played, expected);
      }
    }
  }, 120_000);

  it('does so where it fails at every other write', async () => {
    const expected = await play(3, new Map());
    for (const kind of kinds) {
      const faults = new Map(Array.from({ length: 5_000 }, (_, n) => [2 * n + 1, kind] as const));
      expectRight(await play(3, faults), expected);
    }
  }, 120_000);
});
