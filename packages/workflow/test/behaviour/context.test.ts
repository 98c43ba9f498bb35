import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
} from '@highway/resilience';
import type { Context } from '../../src/engine/run/context.ts';
import { World } from '../support/world.ts';

const storage = new AsyncLocalStorage<string>();

/** Records what was done for whom, and in whose async context. */
class Sightings {
  readonly strangers: string[] = [];
  count = 0;

  see(what: string, owner: string): void {
    this.count += 1;
    const store = storage.getStore();
    if (store !== owner) this.strangers.push(`${what} of ${owner} in the context of ${store}`);
  }
}

const ids = Array.from({ length: 8 }, (_, n) => `r${n}`);

describe('the async context of a run', () => {
  it.each(['run', 'enterWith'] as const)(
    "is its own in steps, retries, predicates and compensations, with the storage's %s",
    async (how) => {
      const world = new World();
      const { clock } = world;
      const seen = new Sightings();
      const breaker = new CircuitBreakerPolicy({
        name: 'bank',
        clock,
        failureThreshold: consecutive(2),
        successThreshold: '1/1',
        cooldown: 500,
        handle: (error) => {
          seen.see('handle', (error as { owner: string }).owner);
          return true;
        },
      });
      const policy = new Failsafe({
        policies: [
          new RetryPolicy({
            maxRetries: 50,
            clock,
            backoff: Backoff.fixed(20),
            handle: (error) => {
              seen.see('retry', (error as { owner: string }).owner);
              return true;
            },
          }),
          breaker,
          new BulkheadPolicy({ maxConcurrent: 2, clock }),
        ],
      });
      const child = world.workflow('child', async (owner: string, ctx: Context) => {
        seen.see('begin', undefined as unknown as string);
        return storage.run(`${owner}/child`, () =>
          ctx.step('work', () => {
            seen.see('child step', `${owner}/child`);
          }),
        );
      });
      const body = async (ctx: Context): Promise<void> => {
        const owner = ctx.runId;
        await ctx.step(
          'reserve',
          () => {
            seen.see('reserve', owner);
          },
          {
            compensate: () => {
              seen.see('compensate', owner);
            },
          },
        );
        await ctx.sleep(100);
        seen.see('after the sleep', owner);
        await ctx.step(
          'pay',
          async () => {
            seen.see('pay', owner);
            await new Promise<void>((resolve) => void clock.setTimeout(resolve, 5));
            seen.see('pay, later', owner);
            if (clock.now() < 2_000) throw Object.assign(new Error('down'), { owner });
          },
          { policy },
        );
        await ctx.all('child runs', { a: [child, owner] });
        seen.see('after the child runs', owner);
        throw new Error('compensate it');
      };
      const buy = world.workflow(
        'buy',
        async (_: null, ctx: Context) => {
          seen.see('begin', undefined as unknown as string);
          if (how === 'run') return storage.run(ctx.runId, () => body(ctx));
          storage.enterWith(ctx.runId);
          return body(ctx);
        },
        { concurrency: 3 },
      );
      for (const id of ids)
        storage.run('a request', () => {
          world.start(buy, id, null);
        });
      await world.finish();
      expect(seen.strangers).toEqual([]);
      expect(ids.map((id) => world.outcome(id).message)).toEqual(ids.map(() => 'compensate it'));
      expect(seen.count).toBeGreaterThan(ids.length * 10);
    },
  );

  it('is that of the call in the listeners of its signal, whoever cancels the run', async () => {
    const world = new World();
    let seen: string | undefined = 'nobody';
    const hang = world.workflow('hang', (_: null, ctx: Context) =>
      storage.run('the run', () =>
        ctx.step('hang', ({ signal }) =>
          storage.run(
            'the step',
            () =>
              new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => {
                  seen = storage.getStore();
                  reject(signal.reason as Error);
                });
              }),
          ),
        ),
      ),
    );
    world.start(hang, 'r', null);
    await world.clock.advance(10);
    storage.run('an operator', () => {
      void world.worker.cancel('r');
    });
    await world.clock.advance(10);
    expect(seen).toBe('the run');
  });

  it("is that of the waiting step in a circuit's listeners, not of the call that ended", async () => {
    const world = new World();
    const { clock } = world;
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 100 });
    const acquired: (string | undefined)[] = [];
    const tryAcquire = breaker.tryAcquire.bind(breaker);
    breaker.tryAcquire = () => {
      acquired.push(storage.getStore());
      return tryAcquire();
    };
    const policy = new Failsafe({
      policies: [breaker, new BulkheadPolicy({ maxConcurrent: 1, clock })],
    });
    const pay = world.workflow('pay', (_: null, ctx: Context) =>
      storage.run(ctx.runId, () =>
        ctx.step('pay', () => new Promise<void>((resolve) => void clock.setTimeout(resolve, 5)), {
          policy,
        }),
      ),
    );
    for (const id of ids) world.start(pay, id, null);
    await world.finish();
    expect(acquired).toEqual(ids);
  });
});
