import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  Failsafe,
  FallbackPolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import { World } from '../support/world.ts';

const failing = (...errors: Error[]): (() => string) => {
  let calls = 0;
  return () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return 'good';
  };
};

describe('the attempts of a step', () => {
  it('are decided by its retry policy, and each is on record', async () => {
    const world = new World();
    const retry = new RetryPolicy({ maxRetries: 3, backoff: Backoff.fixed(100) });
    const fn = failing(new Error('one'), new Error('two'));
    const work = world.workflow('work', (_: unknown, ctx) => ctx.step('do', fn, { policy: retry }));
    world.start(work, 'a');
    await world.finish();
    expect(world.outcome('a')).toEqual({ ok: true, value: 'good' });
    expect(world.journal('a')).toEqual(['do: retrying', 'do: retrying', 'do: done']);
    expect(world.clock.now()).toBeGreaterThanOrEqual(200);
  });

  it('end in an error with their number, and the last error as its cause', async () => {
    const world = new World();
    const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.fixed(10) });
    const work = world.workflow('work', async (_: unknown, ctx) => {
      try {
        return await ctx.step('do', failing(new Error('one'), new Error('two')), { policy: retry });
      } catch (error) {
        const { code, attempts, cause } = error as { code: string; attempts: number; cause: Error };
        return [code, attempts, cause.message];
      }
    });
    world.start(work, 'a');
    await world.finish();
    expect(world.outcome('a').value).toEqual(['ERR_RETRIES_EXCEEDED', 2, 'two']);
  });

  it('survive a crash, and so does the rest of the wait between them', async () => {
    const world = new World();
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.fixed(10_000) });
    const attempts: [number, number][] = [];
    const work = world.workflow('work', (_: unknown, ctx) =>
      ctx.step(
        'do',
        ({ attempt }) => {
          attempts.push([attempt, world.clock.now()]);
          if (attempt < 3) throw new Error('not yet');
          return 'good';
        },
        { policy: retry },
      ),
    );
    world.start(work, 'a');
    await world.clock.advance('6s');
    world.crash();
    await world.clock.advance('12s');
    world.crash();
    await world.finish();
    expect(attempts.map(([attempt]) => attempt)).toEqual([1, 2, 3]);
    expect(attempts.map(([, at]) => Math.round(at / 1000))).toEqual([0, 10, 20]);
  });

  it('have the same idempotency key, which no other step or run has', async () => {
    const world = new World();
    const keys: string[] = [];
    const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.none });
    const work = world.workflow('work', async (_: unknown, ctx) => {
      for (let i = 0; i < 2; i += 1) {
        await ctx.step(
          'do',
          ({ idempotencyKey, attempt }) => {
            keys.push(idempotencyKey);
            if (attempt === 1) throw new Error('again');
          },
          { policy: retry },
        );
      }
    });
    world.start(work, 'a');
    await world.finish();
    expect(keys).toEqual(['a:do', 'a:do', 'a:do#2', 'a:do#2']);
  });

  it('do not count if a policy rejected the call', async () => {
    const world = new World();
    const limiter = new RateLimiterPolicy({ limit: 1, per: '1s', clock: world.clock });
    const retry = new RetryPolicy({ maxRetries: 0 });
    const policy = new Failsafe({ policies: [retry, limiter] });
    const work = world.workflow('work', (_: unknown, ctx) =>
      ctx.step('do', (s) => s.attempt, { policy }),
    );
    world.start(work, 'a');
    world.start(work, 'b');
    await world.finish();
    expect([world.outcome('a').value, world.outcome('b').value]).toEqual([1, 1]);
    expect(world.journal('b')).toEqual(['do: rejected', 'do: done']);
  });

  it('wait at a bulkhead without a journal entry', async () => {
    const world = new World();
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 2 });
    let active = 0;
    let most = 0;
    const work = world.workflow('work', (_: unknown, ctx) =>
      ctx.step(
        'do',
        async () => {
          most = Math.max(most, ++active);
          await new Promise<void>((resolve) => void world.clock.setTimeout(resolve, 10));
          active -= 1;
        },
        { policy: bulkhead },
      ),
    );
    for (let i = 0; i < 20; i += 1) world.start(work, `r${i}`);
    await world.finish();
    expect(most).toBe(2);
    expect(world.journal('r19')).toEqual(['do: done']);
  });

  it('end with a timeout, and their signal aborts', async () => {
    const world = new World();
    const reasons: unknown[] = [];
    const timeout = new TimeoutPolicy({ timeout: '1s', clock: world.clock });
    const work = world.workflow('work', (_: unknown, ctx) =>
      ctx.step(
        'do',
        ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              reasons.push((signal.reason as { code: string }).code);
              resolve(undefined);
            });
          }),
        { policy: timeout },
      ),
    );
    world.start(work, 'a');
    await world.finish();
    expect(world.outcome('a')).toMatchObject({ ok: false, code: 'ERR_TIMEOUT' });
    expect(reasons).toEqual(['ERR_TIMEOUT']);
  });

  it.each([
    [
      'a timeout around the retry',
      [new TimeoutPolicy({ timeout: 1 }), new RetryPolicy()],
      'TimeoutPolicy',
    ],
    [
      'a fallback around the retry',
      [new FallbackPolicy({ fallback: 1 }), new RetryPolicy()],
      'FallbackPolicy',
    ],
    ['two retries', [new RetryPolicy(), new RetryPolicy()], 'RetryPolicy'],
  ])('can not be made durable with %s', async (_what, policies, named) => {
    const world = new World();
    const policy = new Failsafe({ policies, onWarning: () => {} });
    const work = world.workflow('work', (__: unknown, ctx) => ctx.step('do', () => 1, { policy }));
    world.start(work, 'a');
    await world.finish();
    expect(world.outcome('a')).toMatchObject({ ok: false, code: 'ERR_DEFINITION' });
    expect(world.outcome('a').message).toContain(named);
  });
});
