import { describe, expect, it } from 'vitest';
import { Backoff, RetryPolicy } from '@highway/resilience';
import type { Context } from '../../src/run/context.ts';
import { World } from '../support/world.ts';

const declined = (): never => {
  throw Object.assign(new Error('declined'), { code: 'DECLINED' });
};

describe('a workflow that fails', () => {
  it('undoes its steps, the newest first, with what they gave', async () => {
    const world = new World();
    const undone: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void undone.push(value) });
      await ctx.step('b', () => 'B');
      await ctx.step('c', () => 'C', { compensate: (value) => void undone.push(value) });
      await ctx.step('d', declined, { compensate: () => void undone.push('D') });
    });
    world.start(work, 'r');
    await world.finish();
    expect(undone).toEqual(['C', 'A']);
    expect(world.outcome('r')).toEqual({ ok: false, code: 'DECLINED', message: 'declined' });
    expect(world.journal('r').slice(4)).toEqual(['undo/', 'undo/c: done', 'undo/a: done']);
  });

  it('undoes nothing where it caught the error', async () => {
    const world = new World();
    const undone: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void undone.push(value) });
      return ctx.step('b', declined).catch((error: unknown) => (error as { code: string }).code);
    });
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toEqual({ ok: true, value: 'DECLINED' });
    expect(undone).toEqual([]);
  });

  it('tries long to undo, and goes on undoing after a crash, each step once', async () => {
    const world = new World();
    const undone: string[] = [];
    let tries = 0;
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void undone.push(value) });
      await ctx.step('b', () => 'B', {
        compensate: (value) => {
          tries += 1;
          if (tries < 4) throw new Error('not now');
          undone.push(value);
        },
      });
      declined();
    });
    world.start(work, 'r');
    await world.clock.advance('600ms');
    world.crash();
    await world.finish();
    expect(undone).toEqual(['B', 'A']);
    expect(tries).toBe(4);
  });

  it('says which steps it could not undo, and undoes the others all the same', async () => {
    const world = new World();
    const undone: string[] = [];
    const policy = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void undone.push(value) });
      await ctx.step('b', () => 'B', {
        policy,
        compensate: () => {
          throw new Error('never');
        },
      });
      declined();
    });
    world.start(work, 'r');
    await world.finish();
    expect(undone).toEqual(['A']);
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_COMPENSATION' });
    const { error } = world.run('r').ended as { error: Error & { failures: unknown } };
    expect(error.message).toContain('b');
    expect((error.cause as { code: string }).code).toBe('DECLINED');
  });

  it('undoes nothing when it is cancelled', async () => {
    const world = new World();
    const undone: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void undone.push(value) });
      await ctx.sleep('1h');
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    void world.worker.cancel('r');
    await world.clock.advance('2h');
    expect(undone).toEqual([]);
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_CANCELLED' });
  });
});
