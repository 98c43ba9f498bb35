import { BulkheadFullError, BulkheadPolicy } from '@highway/resilience';
import type { Permit } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deferred, boom } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { BulkheadModel } from './bulkhead-model.ts';
import { runs } from './parameters.ts';

type Step =
  | { readonly do: 'call' }
  | { readonly do: 'acquire' }
  | { readonly do: 'settle'; readonly pick: number; readonly well: boolean }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'advance'; readonly ms: number };

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acquire' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('settle' as const), pick, well: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 9, 10, 11, 25, 1000),
    }),
  },
);
const rules = fc.record({
  maxConcurrent: fc.constantFrom(1, 2, 3, Infinity),
  maxQueued: fc.constantFrom(0, 1, 3, Infinity),
  maxWait: fc.constantFrom(0, 10, 25, Infinity),
});

/** A bulkhead, and what is seen of it. */
class Bench {
  readonly clock = new ManualClock();
  readonly bulkhead: BulkheadPolicy;
  readonly callers: CountedSignal[] = [];
  log: string[] = [];
  readonly #ends = new Map<number, (well: boolean) => void>();

  constructor(options: { maxConcurrent: number; maxQueued: number; maxWait: number }) {
    this.bulkhead = new BulkheadPolicy({ clock: this.clock, ...options });
  }

  call(id: number): void {
    // Calls that nobody can cancel take a shorter way through the library.
    const caller = id % 3 === 0 ? undefined : new CountedSignal();
    if (caller !== undefined) this.callers[id] = caller;
    const work = new Deferred<void>();
    const fn = (): Promise<void> => {
      this.log.push(`${id} runs`);
      this.#ends.set(id, (well) => {
        if (well) work.resolve();
        else work.reject(boom);
      });
      return work.promise;
    };
    const result = this.bulkhead.execute(fn, { signal: caller?.signal });
    result.catch((error: unknown) => {
      if (error instanceof BulkheadFullError) this.log.push(`${id} is rejected`);
      else if (error !== boom) this.log.push(`${id} is ${String(error)}`);
    });
  }

  acquire(id: number): void {
    const permit: Permit | undefined = this.bulkhead.tryAcquire();
    this.#ends.set(id, (well) => {
      if (well) permit!.success();
      else permit!.release();
    });
  }

  settle(id: number, well: boolean): void {
    this.#ends.get(id)!(well);
  }
}

describe('a bulkhead', { timeout: 120_000 }, () => {
  it('agrees with a model of two lists', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        fc.array(step, { maxLength: 60, size: 'max' }),
        async (options, steps) => {
          const bench = new Bench(options);
          const model = new BulkheadModel(options);
          for (const [id, each] of steps.entries()) {
            await take(each, id, bench, model);
            expect(bench.log).toEqual(model.log);
            bench.log = model.log = [];
            const { inFlight, queued } = bench.bulkhead;
            expect([inFlight, queued]).toEqual([model.running.length, model.queue.length]);
            const timed = options.maxWait !== Infinity && queued > 0;
            expect(bench.clock.pendingTimers).toBe(timed ? 1 : 0);
          }
        },
      ),
      runs(300),
    );
  });
});

async function take(each: Step, id: number, bench: Bench, model: BulkheadModel): Promise<void> {
  if (each.do === 'call') {
    bench.call(id);
    model.enter(id, bench.clock.now(), true);
  } else if (each.do === 'acquire') {
    bench.acquire(id);
    model.enter(id, bench.clock.now(), false);
  } else if (each.do === 'settle') {
    const running = model.running[each.pick % model.running.length];
    if (running === undefined) return;
    bench.settle(running, each.well);
    model.leave(running);
  } else if (each.do === 'cancel') {
    const ids = Object.keys(bench.callers).map(Number);
    const chosen = ids[each.pick % ids.length];
    if (chosen === undefined) return;
    bench.callers[chosen]!.abort('cancelled');
    model.cancel(chosen);
  } else {
    await bench.clock.advance(each.ms);
    model.advance(bench.clock.now());
  }
  await settle();
}
