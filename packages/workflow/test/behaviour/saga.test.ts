import { describe, expect, it } from 'vitest';
import { Backoff, RetryPolicy } from '@highway/resilience';
import type { Context } from '../../src/engine/run/context.ts';
import { World } from '../support/world.ts';

const declined = (): never => {
  throw Object.assign(new Error('declined'), { code: 'DECLINED' });
};

describe('a workflow that fails', () => {
  it('compensates its steps, newest first, with their results', async () => {
    const world = new World();
    const compensated: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void compensated.push(value) });
      await ctx.step('b', () => 'B');
      await ctx.step('c', () => 'C', { compensate: (value) => void compensated.push(value) });
      await ctx.step('d', declined, { compensate: () => void compensated.push('D') });
    });
    world.start(work, 'r');
    await world.finish();
    expect(compensated).toEqual(['C', 'A']);
    expect(world.outcome('r')).toEqual({ ok: false, code: 'DECLINED', message: 'declined' });
    expect(world.journal('r').slice(4)).toEqual([
      'compensate/',
      'compensate/c: done',
      'compensate/a: done',
    ]);
  });

  it('compensates nothing if it catches the error', async () => {
    const world = new World();
    const compensated: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void compensated.push(value) });
      return ctx.step('b', declined).catch((error: unknown) => (error as { code: string }).code);
    });
    world.start(work, 'r');
    await world.finish();
    expect(world.outcome('r')).toEqual({ ok: true, value: 'DECLINED' });
    expect(compensated).toEqual([]);
  });

  it('retries compensations, and continues them after a crash, each step once', async () => {
    const world = new World();
    const compensated: string[] = [];
    let tries = 0;
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void compensated.push(value) });
      await ctx.step('b', () => 'B', {
        compensate: (value) => {
          tries += 1;
          if (tries < 4) throw new Error('not now');
          compensated.push(value);
        },
      });
      declined();
    });
    world.start(work, 'r');
    await world.clock.advance('600ms');
    world.crash();
    await world.finish();
    expect(compensated).toEqual(['B', 'A']);
    expect(tries).toBe(4);
  });

  it('reports the compensations that failed, and runs all others', async () => {
    const world = new World();
    const compensated: string[] = [];
    const policy = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void compensated.push(value) });
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
    expect(compensated).toEqual(['A']);
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_COMPENSATION' });
    const { error } = world.run('r').ended as { error: Error & { failures: unknown } };
    expect(error.message).toContain('b');
    expect((error.cause as { code: string }).code).toBe('DECLINED');
  });

  it('compensates nothing when it is cancelled', async () => {
    const world = new World();
    const compensated: string[] = [];
    const work = world.workflow('work', async (_: unknown, ctx: Context) => {
      await ctx.step('a', () => 'A', { compensate: (value) => void compensated.push(value) });
      await ctx.sleep('1h');
    });
    world.start(work, 'r');
    await world.clock.advance(10);
    void world.worker.cancel('r');
    await world.clock.advance('2h');
    expect(compensated).toEqual([]);
    expect(world.outcome('r')).toMatchObject({ ok: false, code: 'ERR_CANCELLED' });
  });
});
