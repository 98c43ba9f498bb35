import { RateLimitExceededError, RateLimiterPolicy } from '@highway/resilience';
import type { Permit } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountedSignal } from '../support/counted-signal.ts';
import { runs } from './parameters.ts';
import { RateLimiterModel } from './rate-limiter-model.ts';

/** Every stride of time is longer by one unit, so that no permit comes just when it ends. */
const scale = 2000;

type Step =
  | { readonly do: 'call' }
  | { readonly do: 'acquire' }
  | { readonly do: 'release'; readonly pick: number }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'advance'; readonly ms: number };

const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('acquire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 5, 33, 100, 333, 1000, 100_000),
    }),
  },
);
const rules = fc.record({
  limit: fc.constantFrom(1, 2, 3, 7, 10),
  per: fc.constantFrom(100, 1000),
  burst: fc.constantFrom(1, 2, 3, 5, 12),
  maxWait: fc.constantFrom(0, 33, 100, 1000, Infinity),
});
const start = fc.constantFrom(0, 12_345.678, 1e9 / 3);

/** A limiter, and what is seen of it. */
class Bench {
  readonly clock = new ManualClock();
  readonly limiter: RateLimiterPolicy;
  readonly callers = new Map<number, CountedSignal>();
  readonly permits: Permit[] = [];
  log: string[] = [];

  constructor(options: { limit: number; per: number; burst: number; maxWait: number }) {
    this.limiter = new RateLimiterPolicy({ clock: this.clock, ...options });
  }

  call(id: number): void {
    const caller = new CountedSignal();
    this.callers.set(id, caller);
    const result = this.limiter.execute(() => this.log.push(`${id} runs`), {
      signal: caller.signal,
    });
    result.catch((error: unknown) => {
      this.log.push(
        error instanceof RateLimitExceededError
          ? `${id} is rejected, ${error.retryAfter.toFixed(3)}`
          : `${id} is ${String(error)}`,
      );
    });
  }
}

describe('a rate limiter', { timeout: 120_000 }, () => {
  it('behaves like a token bucket that counts exactly', async () => {
    const steps = fc.array(step, { maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(rules, start, steps, async (options, from, chosen) => {
        const bench = new Bench(options);
        const model = new RateLimiterModel(options, scale);
        await bench.clock.advance(from);
        for (const [id, each] of chosen.entries()) {
          await take(each, id, bench, model);
          expect(bench.log).toEqual(model.log);
          bench.log = model.log = [];
          const { available, queued, retryAfter } = bench.limiter;
          expect([available, queued]).toEqual([model.available, model.queue.length]);
          expect(retryAfter).toBeCloseTo(model.wait, 3);
          expect(bench.clock.pendingTimers).toBe(queued > 0 ? 1 : 0);
        }
      }),
      runs(300),
    );
  });
});

async function take(each: Step, id: number, bench: Bench, model: RateLimiterModel): Promise<void> {
  if (each.do === 'call') {
    bench.call(id);
    model.enter(id);
  } else if (each.do === 'acquire') {
    const permit = bench.limiter.tryAcquire();
    expect(permit !== undefined).toBe(model.acquire());
    if (permit !== undefined) bench.permits.push(permit);
  } else if (each.do === 'release') {
    const [permit] = bench.permits.splice(each.pick % Math.max(1, bench.permits.length), 1);
    if (permit === undefined) return;
    permit.release();
    model.refund();
  } else if (each.do === 'cancel') {
    const chosen = model.queue[each.pick % Math.max(1, model.queue.length)];
    if (chosen === undefined) return;
    bench.callers.get(chosen)!.abort('cancelled');
    model.cancel(chosen);
  } else {
    await bench.clock.advance(each.ms + 1 / scale);
    model.advance(each.ms * scale + 1);
  }
  await settle();
}
