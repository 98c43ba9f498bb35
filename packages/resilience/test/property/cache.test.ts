import { CachePolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Racers } from '../support/racers.ts';
import { CacheModel } from './cache-model.ts';
import type { CacheModelRules, CacheStep, Fate } from './cache-model.ts';
import { runs } from './parameters.ts';

const key = fc.nat(4);
const step: fc.Arbitrary<CacheStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('call' as const), key }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      flight: fc.nat(15),
      fails: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), call: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 9, 10, 40) }),
  },
);
const rules: fc.Arbitrary<CacheModelRules> = fc.record({
  ttl: fc.constantFrom(0, 10, 20, 20),
  staleIfError: fc.constantFrom(0, 0, 10, 30),
  maxEntries: fc.constantFrom(1, 2, 3, 10),
  coalesce: fc.boolean(),
});

/** A cache on a clock by hand, driven by the same steps as the model. */
class Driver {
  readonly fates: Fate[] = [];
  readonly racers = new Racers();
  readonly cache: CachePolicy;
  readonly clock = new ManualClock();
  readonly #callers: AbortController[] = [];
  readonly #settled = new Set<number>();

  constructor(rules: CacheModelRules) {
    this.cache = new CachePolicy({ ...rules, clock: this.clock });
  }

  async step(step: CacheStep): Promise<void> {
    switch (step.do) {
      case 'call':
        this.#call(step.key);
        break;
      case 'settle':
        this.#settle(step.flight, step.fails);
        break;
      case 'abort':
        this.#callers[step.call]?.abort('aborted');
        break;
      case 'delete':
        this.cache.delete(step.key);
        break;
      case 'clear':
        this.cache.clear();
        break;
      case 'wait':
        await this.clock.advance(step.ms);
    }
    await settle();
  }

  #call(key: number): void {
    const call = this.fates.length;
    const caller = new AbortController();
    this.fates.push('waits');
    this.#callers.push(caller);
    const note = (fate: unknown): void => {
      this.fates[call] = fate as Fate;
    };
    void this.cache.execute(this.racers.run, { key, signal: caller.signal }).then(note, note);
  }

  #settle(flight: number, fails: boolean): void {
    if (flight >= this.racers.count || this.#settled.has(flight)) return;
    this.#settled.add(flight);
    if (fails) this.racers.reject(flight + 1, `error ${flight}`);
    else this.racers.resolve(flight + 1, `value ${flight}`);
  }
}

describe('a cache', () => {
  it('answers, shares, keeps and forgets like a naive model', async () => {
    await fc.assert(
      fc.asyncProperty(rules, fc.array(step, { maxLength: 40 }), async (rules, steps) => {
        const model = new CacheModel(rules);
        const driver = new Driver(rules);
        for (const step of steps) {
          model.step(step);
          await driver.step(step);
          expect(driver.fates).toEqual(model.fates);
          expect(driver.racers.count).toBe(model.flights.length);
          expect(driver.cache.size).toBe(model.size);
          const aborted = driver.racers.started.map(({ context }) => context.signal.aborted);
          expect(aborted).toEqual(model.flights.map((flight) => flight.aborted));
        }
        expect(driver.clock.pendingTimers).toBe(0);
      }),
      runs(300),
    );
  });
});
