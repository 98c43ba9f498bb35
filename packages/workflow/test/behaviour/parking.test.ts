import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  isRejection,
  RetryPolicy,
} from '@highway/resilience';
import { Service } from '../support/service.ts';
import { World } from '../support/world.ts';

function bank(world: World, { capacity = 25, downMs = 5_000, maxRetries = 3 } = {}) {
  const breaker = new CircuitBreakerPolicy({
    name: 'bank',
    clock: world.clock,
    failureThreshold: consecutive(5),
    successThreshold: '2/2',
    cooldown: '1s',
  });
  const service = new Service({
    clock: world.clock,
    capacity,
    down: [0, downMs],
    breaker,
  });
  const policy = new Failsafe({
    policies: [
      new RetryPolicy({ maxRetries, backoff: Backoff.fixed(200), clock: world.clock }),
      breaker,
      new BulkheadPolicy({ maxConcurrent: capacity, clock: world.clock }),
    ],
  });
  return { breaker, service, policy };
}

describe('a step whose circuit is open', () => {
  it('parks without using up an attempt, and continues when the circuit closes', async () => {
    const world = new World();
    const { breaker, service, policy } = bank(world, { downMs: 0 });
    const pay = world.workflow('pay', (_: unknown, ctx) =>
      ctx.step('pay', (s) => service.call(s.idempotencyKey, s.attempt), { policy }),
    );
    breaker.open();
    world.start(pay, 'a');
    await world.clock.advance('900ms');
    expect(world.journal('a')).toEqual(['pay: parked']);
    await world.finish();
    expect(world.outcome('a')).toEqual({ ok: true, value: 1 });
    expect(world.journal('a')).toEqual(['pay: parked', 'pay: done']);
  });

  it('recovers a thousand runs in waves, with hardly a wasted call', async () => {
    const world = new World();
    const { service, policy } = bank(world);
    const pay = world.workflow(
      'pay',
      (n: number, ctx) => ctx.step('pay', (s) => service.call(s.idempotencyKey, n), { policy }),
      { concurrency: 2_000 },
    );
    for (let i = 0; i < 1_000; i += 1) world.start(pay, `r${i}`, i);
    await world.finish();
    expect(service).toMatchObject({ overloads: 0 });
    expect(service.calls).toBeLessThanOrEqual(1_100);
    expect(service.mostAtOnce).toBeLessThanOrEqual(25);
    expect(service.mostTrials).toBeLessThanOrEqual(2);
    expect(world.clock.now()).toBeLessThan(10_000);
    for (let i = 0; i < 1_000; i += 1) expect(world.outcome(`r${i}`).ok).toBe(true);
  });

  it('begins with the trial calls after a crash', async () => {
    const world = new World();
    const { service, policy } = bank(world, { downMs: 3_000 });
    const pay = world.workflow(
      'pay',
      (n: number, ctx) => ctx.step('pay', (s) => service.call(s.idempotencyKey, n), { policy }),
      { concurrency: 500 },
    );
    for (let i = 0; i < 200; i += 1) world.start(pay, `r${i}`, i);
    await world.clock.advance('3500ms');
    const before = service.calls;
    world.crash();
    await world.clock.advance(1);
    expect(service.calls - before).toBeLessThanOrEqual(2);
    await world.finish();
  });

  it('does not wait again for a park that was before a crash', async () => {
    const world = new World();
    const { breaker, service, policy } = bank(world, { downMs: 0 });
    const pay = world.workflow('pay', (_: unknown, ctx) =>
      ctx.step('pay', (s) => service.call(s.idempotencyKey, s.attempt), { policy }),
    );
    breaker.open();
    world.start(pay, 'a');
    await world.clock.advance(10);
    breaker.close();
    world.crash();
    await world.clock.advance(25);
    expect(world.outcome('a')).toEqual({ ok: true, value: 1 });
  });

  it('fails with whenOpen "fail", with an error that guards recognize after a replay', async () => {
    const world = new World();
    const { breaker, policy } = bank(world);
    const pay = world.workflow('pay', async (_: unknown, ctx) => {
      try {
        return await ctx.step('pay', () => 1, { policy, whenOpen: 'fail' });
      } catch (error) {
        await ctx.sleep(100);
        return [isRejection(error), (error as { code: string }).code];
      }
    });
    breaker.isolate();
    world.start(pay, 'a');
    await world.clock.advance(10);
    world.crash();
    await world.finish();
    expect(world.outcome('a')).toEqual({ ok: true, value: [true, 'ERR_CIRCUIT_OPEN'] });
  });

  it('returns the value of a fallback', async () => {
    const world = new World();
    const { breaker, policy } = bank(world);
    const pay = world.workflow('pay', (_: unknown, ctx) =>
      ctx.step('pay', () => 'paid', { policy, whenOpen: () => 'later' }),
    );
    breaker.isolate();
    world.start(pay, 'a');
    await world.finish();
    expect(world.outcome('a')).toEqual({ ok: true, value: 'later' });
  });

  it('fails after maxPark, also across a crash', async () => {
    const world = new World();
    const { breaker, policy } = bank(world);
    const pay = world.workflow('pay', (_: unknown, ctx) =>
      ctx.step('pay', () => 'paid', { policy, maxPark: '10s' }),
    );
    breaker.isolate();
    world.start(pay, 'a');
    await world.clock.advance('6s');
    world.crash();
    await world.clock.advance('3900ms');
    expect(world.run('a').ended).toBeUndefined();
    await world.clock.advance('200ms');
    expect(world.outcome('a')).toMatchObject({ ok: false, code: 'ERR_PARK_EXPIRED' });
  });

  it('does not hold up other steps', async () => {
    const world = new World();
    const { breaker, policy } = bank(world);
    const pay = world.workflow('pay', (_: unknown, ctx) => ctx.step('pay', () => 1, { policy }), {
      concurrency: 2,
    });
    const other = world.workflow('other', (_: unknown, ctx) => ctx.step('do', () => 2));
    breaker.isolate();
    for (let i = 0; i < 10; i += 1) world.start(pay, `p${i}`);
    world.start(other, 'o');
    await world.clock.advance(5);
    expect(world.outcome('o').ok).toBe(true);
    for (let i = 0; i < 10; i += 1) expect(world.journal(`p${i}`)).toEqual(['pay: parked']);
  });

  it('holds one timer for all parked steps, and none without one', async () => {
    const world = new World();
    const { breaker, policy } = bank(world);
    const pay = world.workflow('pay', (_: unknown, ctx) => ctx.step('pay', () => 1, { policy }), {
      concurrency: 100,
    });
    const idle = world.clock.pendingTimers;
    const isolation = breaker.isolate();
    for (let i = 0; i < 100; i += 1) world.start(pay, `p${i}`);
    await world.clock.advance(5);
    expect(world.clock.pendingTimers).toBe(idle + 1);
    isolation[Symbol.dispose]();
    await world.finish();
    expect(world.clock.pendingTimers).toBe(idle);
  });
});
