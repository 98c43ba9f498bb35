import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/engine/run/context.ts';
import { World } from '../support/world.ts';

function childWorld() {
  const world = new World();
  const ran: string[] = [];
  const work = world.workflow('child', async (input: { after: number; fails?: boolean }, ctx) => {
    await ctx.sleep(input.after);
    return ctx.step('do', () => {
      ran.push(ctx.runId);
      if (input.fails === true) throw Object.assign(new Error('failed'), { code: 'FAILED' });
      return input.after;
    });
  });
  return { world, ran, work };
}

describe('child runs', () => {
  it('run in parallel, each with a fixed id', async () => {
    const { world, work } = childWorld();
    const parent = world.workflow('parent', (_: unknown, ctx: Context) =>
      ctx.all('both', { a: [work, { after: 100 }], b: [work, { after: 50 }] }),
    );
    world.start(parent, 'p');
    await world.finish();
    expect(world.outcome('p').value).toEqual({ a: 100, b: 50 });
    expect(world.clock.now()).toBeLessThan(140);
    expect([...world.store.runs.keys()]).toEqual(['p', 'p/both/a', 'p/both/b']);
  });

  it('fail with the first one that fails, and the others are cancelled', async () => {
    const { world, work, ran } = childWorld();
    const parent = world.workflow('parent', (_: unknown, ctx: Context) =>
      ctx.all('both', { a: [work, { after: 10, fails: true }], b: [work, { after: 5_000 }] }),
    );
    world.start(parent, 'p');
    await world.finish();
    expect(world.outcome('p')).toMatchObject({ ok: false, code: 'FAILED' });
    expect(world.outcome('p/both/b')).toMatchObject({ code: 'ERR_CANCELLED' });
    await world.clock.advance('10s');
    expect(ran).toEqual(['p/both/a']);
  });

  it('return all outcomes with join "settled"', async () => {
    const { world, work } = childWorld();
    const parent = world.workflow('parent', async (_: unknown, ctx: Context) => {
      const { a, b } = await ctx.all(
        'both',
        { a: [work, { after: 1, fails: true }], b: [work, { after: 5 }] },
        { join: 'settled' },
      );
      return [a.ok ? undefined : (a.error as { code: string }).code, b];
    });
    world.start(parent, 'p');
    await world.finish();
    expect(world.outcome('p').value).toEqual(['FAILED', { ok: true, value: 5 }]);
  });

  it('return the first one that succeeds with join "any"', async () => {
    const { world, work } = childWorld();
    const parent = world.workflow('parent', (_: unknown, ctx: Context) =>
      ctx.all(
        'race',
        {
          a: [work, { after: 1, fails: true }],
          b: [work, { after: 20 }],
          c: [work, { after: 900 }],
        },
        { join: 'any' },
      ),
    );
    world.start(parent, 'p');
    await world.finish();
    expect(world.outcome('p').value).toEqual({ b: 20 });
    expect(world.outcome('p/race/c').code).toBe('ERR_CANCELLED');
  });

  it('return as many as join "atLeast" requests, or report which failed', async () => {
    const { world, work } = childWorld();
    const good = { after: 1 };
    const bad = { after: 2, fails: true };
    const parent = world.workflow(
      'parent',
      (calls: { after: number; fails?: boolean }[], ctx: Context) =>
        ctx.all('some', Object.fromEntries(calls.map((call, i) => [`b${i}`, [work, call]])), {
          join: { atLeast: 2 },
        }),
    );
    world.start(parent, 'good', [good, bad, good]);
    world.start(parent, 'bad', [good, bad, bad]);
    await world.finish();
    expect(world.outcome('good').value).toEqual({ b0: 1, b2: 1 });
    expect(world.outcome('bad')).toMatchObject({ ok: false, code: 'ERR_JOIN' });
  });

  it('return results in the order of the items, and respect the concurrency', async () => {
    const { world, ran, work } = childWorld();
    const parent = world.workflow('parent', (_: unknown, ctx: Context) =>
      ctx.forEach('items', [{ after: 30 }, { after: 10 }, { after: 20 }], work, { concurrency: 2 }),
    );
    world.start(parent, 'p');
    await world.finish();
    expect(world.outcome('p').value).toEqual([30, 10, 20]);
    expect(ran).toEqual(['p/items/1', 'p/items/0', 'p/items/2']);
  });

  it('are found again after a crash, and none runs twice', async () => {
    const { world, ran, work } = childWorld();
    const parent = world.workflow('parent', (_: unknown, ctx: Context) =>
      ctx.forEach(
        'items',
        Array.from({ length: 8 }, (__, i) => ({ after: i * 10 })),
        work,
      ),
    );
    world.start(parent, 'p');
    for (let i = 0; i < 5; i += 1) {
      await world.clock.advance(17);
      world.crash();
    }
    await world.finish();
    expect(world.outcome('p').value).toEqual([0, 10, 20, 30, 40, 50, 60, 70]);
    expect(ran).toHaveLength(8);
  });

  it('do not block their own workflow, however low its concurrency', async () => {
    const world = new World();
    const work = world.workflow(
      'deep',
      async (depth: number, ctx: Context): Promise<number> => {
        if (depth === 0) return 0;
        const [below] = await ctx.forEach('down', [depth - 1], work, {});
        return Number(below) + 1;
      },
      { concurrency: 1 },
    );
    world.start(work, 'd', 5);
    await world.finish();
    expect(world.outcome('d').value).toBe(5);
  });
});
