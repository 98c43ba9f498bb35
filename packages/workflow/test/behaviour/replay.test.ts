import { describe, expect, it } from 'vitest';
import { isWorkflowError } from '../../src/errors.ts';
import type { Context } from '../../src/engine/run/context.ts';
import type { Workflow } from '../../src/workflow.ts';
import { World } from '../support/world.ts';

describe('a replay', () => {
  it('rejects a second operation before it reaches the journal', async () => {
    const world = new World();
    const work = world.workflow('work', (_: unknown, ctx: Context) =>
      Promise.all([ctx.step('a', () => 1), ctx.step('b', () => 2)]),
    );
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_OVERLAP' });
    expect(world.journal('r')).toEqual(['a: done']);
  });

  it('rejects an operation inside of a step', async () => {
    const world = new World();
    const work = world.workflow('work', (_: unknown, ctx: Context) =>
      ctx.step('a', () => ctx.step('b', () => 2)),
    );
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_OVERLAP' });
  });

  it('rejects the end of a workflow while an operation is running', async () => {
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
  ])('rejects an operation after a %s end', async (_name, end) => {
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

  it('fails if the code asks for another operation than before, and compensates nothing', async () => {
    const world = new World();
    let asked = 'first';
    const compensated: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step(asked, () => 1, { compensate: () => void compensated.push(asked) });
      await ctx.sleep(1_000);
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    asked = 'second';
    world.crash();
    await world.finish();
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_REPLAY' });
    expect(compensated).toEqual([]);
    expect(world.journal('r')).toEqual(['first: done', 'sleep: sleeping']);
  });

  it('does not continue a workflow that catches this error', async () => {
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
  const children: Ask = (ctx, part) => ctx.forEach('sleep', [1], part);
  it.each<[string, string, Ask, Ask]>([
    ['a step', 'a sleep', step, sleep],
    ['a step', 'child runs', step, children],
    ['a sleep', 'a step', sleep, step],
    ['child runs', 'a step', children, step],
  ])('fails if the code asks for %s instead of %s', async (_after, _before, now, then) => {
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
  });

  it('throws the same error as the first execution', async () => {
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

  it('lets changed code ask whether the run may execute it', async () => {
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
  ])('rejects a result with %s, and the error names the step', async (_what, value, named) => {
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
