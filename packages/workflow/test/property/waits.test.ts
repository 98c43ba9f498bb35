import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BulkheadPolicy, CircuitBreakerPolicy, consecutive, Failsafe } from '@highway/resilience';
import { Service } from '../support/service.ts';
import { World } from '../support/world.ts';

const downMs = 5_000;

interface Case {
  readonly seed: number;
  readonly runs: number;
  readonly capacity: number;
  readonly concurrency: number;
  /** The longest time that a journal entry takes. */
  readonly latency: number;
  readonly trialTimeout: number;
  /** Which runs are cancelled, and when. */
  readonly cancelled: readonly (readonly [run: number, at: number])[];
}

async function play({ seed, runs, capacity, concurrency, latency, cancelled, trialTimeout }: Case) {
  const world = new World({ seed });
  const { clock, random } = world;
  world.store.latency = () =>
    new Promise((resolve) => void clock.setTimeout(resolve, random() * latency));
  const breaker = new CircuitBreakerPolicy({
    name: 'bank',
    clock,
    failureThreshold: consecutive(5),
    successThreshold: '2/2',
    cooldown: '1s',
    trialTimeout,
  });
  const bank = new Service({ clock, capacity, down: [0, downMs], breaker });
  const policy = new Failsafe({
    policies: [breaker, new BulkheadPolicy({ maxConcurrent: capacity, clock })],
  });
  const pay = world.workflow(
    'pay',
    (n: number, ctx) =>
      ctx.step('pay', (s) => bank.call(s.idempotencyKey, n), { policy, whenOpen: 'park' }),
    { concurrency },
  );
  for (const [run, at] of cancelled) {
    clock.setTimeout(
      () => {
        void world.worker.cancel(`r${run % runs}`);
      },
      downMs - 500 + at,
    );
  }
  for (let n = 0; n < runs; n += 1) world.start(pay, `r${n}`, n);
  await world.finish();
  return { world, bank, breaker };
}

describe('steps that need the same services in different orders', () => {
  it('do not deadlock', async () => {
    const world = new World();
    const { clock } = world;
    const bank = new CircuitBreakerPolicy({ name: 'bank', clock });
    const mint = new CircuitBreakerPolicy({ name: 'mint', clock });
    const service = new Service({ clock });
    const paying = (name: string, ...policies: CircuitBreakerPolicy[]) =>
      world.workflow(
        name,
        (n: number, ctx) =>
          ctx.step('pay', (s) => service.call(s.idempotencyKey, n), {
            policy: new Failsafe({ policies }),
          }),
        { concurrency: 20 },
      );
    const one = paying('one', bank, mint);
    const other = paying('other', mint, bank);
    world.store.latency = () =>
      new Promise((resolve) => void clock.setTimeout(resolve, world.random() * 5));
    for (let n = 0; n < 40; n += 1) world.start(n % 2 === 0 ? one : other, `r${n}`, n);
    await world.finish(10_000);
    expect(world.clock.now()).toBeLessThan(2_000);
  });
});

describe('runs whose service recovers', () => {
  it('all continue within seconds, whichever of them were cancelled meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 1_000_000 }),
          runs: fc.integer({ min: 1, max: 60 }),
          capacity: fc.integer({ min: 1, max: 6 }),
          concurrency: fc.integer({ min: 1, max: 60 }),
          latency: fc.integer({ min: 0, max: 60 }),
          trialTimeout: fc.constantFrom(200, 5_000),
          cancelled: fc.array(fc.tuple(fc.nat({ max: 59 }), fc.integer({ min: 0, max: 2_000 })), {
            maxLength: 20,
          }),
        }),
        async (given) => {
          const { world } = await play(given);
          expect(world.clock.now() - downMs).toBeLessThan(4_500);
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1) * 60 },
    );
  }, 120_000);
});
