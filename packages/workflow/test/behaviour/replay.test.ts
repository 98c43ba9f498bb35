import { describe, expect, it } from 'vitest';
import { isWorkflowError } from '../../src/errors.ts';
import type { Context } from '../../src/run/context.ts';
import type { Workflow } from '../../src/workflow.ts';
import { World } from '../support/world.ts';

describe('the rules of replay', () => {
  it('a second operation is refused before it can take a place in the journal', async () => {
    const world = new World();
    const work = world.workflow('work', (_: unknown, ctx: Context) =>
      Promise.all([ctx.step('a', () => 1), ctx.step('b', () => 2)]),
    );
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_OVERLAP' });
    expect(world.journal('r')).toEqual(['a: done']);
  });

  it('an operation inside of a step is refused too', async () => {
    const world = new World();
    const work = world.workflow('work', (_: unknown, ctx: Context) =>
      ctx.step('a', () => ctx.step('b', () => 2)),
    );
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_OVERLAP' });
  });

  it('a workflow must not end while an operation is running', async () => {
    const world = new World();
    const work = world.workflow('work', (_: unknown, ctx: Context) => {
      void ctx.step('a', () => 1);
      return 'done';
    });
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_OVERLAP' });
  });

  it.each([
    ['good', () => 'end'],
    ['bad', () => Promise.reject(new Error('end'))],
  ])('an operation after a %s end is refused', async (_name, end) => {
    const world = new World();
    let kept!: Context;
    const work = world.workflow('work', (_: unknown, ctx: Context) => {
      kept = ctx;
      return end();
    });
    world.start(work, 'r');
    await world.finish();
    const late = await kept.step('late', () => 1).catch((error: unknown) => error);
    expect(isWorkflowError(late, 'ERR_RUN_ENDED')).toBe(true);
  });

  it('code that asks for something else than before is told so, and nothing is undone', async () => {
    const world = new World();
    let asked = 'first';
    const undone: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step(asked, () => 1, { compensate: () => void undone.push(asked) });
      await ctx.sleep(1_000);
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    asked = 'second';
    world.crash();
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_REPLAY' });
    expect(undone).toEqual([]);
    expect(world.journal('r')).toEqual(['first: done', 'sleep: sleeping']);
  });

  it('a workflow that catches everything can not go on after such an error', async () => {
    const world = new World();
    let asked = 'first';
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step(asked, () => 1).catch(() => {});
      await ctx.sleep(1_000).catch(() => {});
      return 'fine';
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    asked = 'second';
    world.crash();
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_REPLAY' });
  });

  type Ask = (ctx: Context, part: Workflow<unknown, unknown>) => Promise<unknown>;
  const sleep: Ask = (ctx) => ctx.sleep(1);
  const step: Ask = (ctx) => ctx.step('sleep', () => 1);
  const branches: Ask = (ctx, part) => ctx.forEach('sleep', [1], part);
  it.each<[string, string, Ask, Ask]>([
    ['a step', 'a sleep', step, sleep],
    ['a step', 'branches', step, branches],
    ['a sleep', 'a step', sleep, step],
    ['branches', 'a step', branches, step],
  ])(
    'code that asks for %s where it had %s before is told so',
    async (_after, _before, now, then) => {
      const world = new World();
      let ask = then;
      const part = world.workflow('part', () => 1);
      const work = world.workflow('work', async (_: unknown, ctx: Context) => {
        await ask(ctx, part);
        await ctx.sleep(1_000);
      });
      world.start(work, 'r');
      await world.clock.advance(10);
      ask = now;
      world.crash();
      await world.finish();
      expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_REPLAY' });
    },
  );

  it('an error is the same the first time and after a replay', async () => {
    const world = new World();
    class Declined extends Error {
      code = 'DECLINED';
      details = { at: new Date(0) };
    }
    const seen: unknown[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      try {
        await ctx.step('pay', () => {
          throw new Declined('no');
        });
      } catch (error) {
        const { message, name, code, details } = error as Declined;
        seen.push([error instanceof Declined, name, message, code, details]);
      }
      await ctx.sleep(1_000);
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    world.crash();
    await world.finish();
    expect(seen[0]).toEqual([false, 'Error', 'no', 'DECLINED', { at: new Date(0) }]);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('code that was changed asks whether the run may take the new way', async () => {
    const world = new World();
    let changed = false;
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      if (changed && (await ctx.patched('check'))) await ctx.step('check', () => 1);
      await ctx.step('pay', () => 2);
      await ctx.sleep(1_000);
      return ctx.step('ship', () => 3);
    });
    world.start(work, 'old');
    await world.clock.advance(10);
    changed = true;
    world.crash();
    world.start(work, 'new');
    await world.clock.advance(10);
    world.crash();
    await world.finish();
    expect(world.journal('old')).toEqual(['pay: done', 'sleep: sleeping', 'ship: done']);
    expect(world.journal('new').slice(0, 2)).toEqual(['patch check', 'check: done']);
    expect(world.outcome('old').ok && world.outcome('new').ok).toBe(true);
  });

  it.each([
    ['a function', { close: () => {} }, '.close'],
    [
      'an instance of a class',
      {
        at: new (class Money {
          cents = 5;
        })(),
      },
      'Money',
    ],
    ['a promise', [Promise.resolve()], '[0]'],
  ])('a result with %s is refused, and the error names the step', async (_what, value, named) => {
    const world = new World();
    const work = world.workflow('work', (__: unknown, ctx: Context) =>
      ctx.step('get', () => value as unknown),
    );
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_NOT_SERIALIZABLE' });
    expect(world.outcome('r').message).toContain('step "get"');
    expect(world.outcome('r').message).toContain(named);
  });
});
