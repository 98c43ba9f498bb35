import { BulkheadPolicy, Failsafe, RateLimiterPolicy, TimeoutPolicy } from '@highway/resilience';
import type { Permit } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deferred } from '../support/calls.ts';
import { runs } from './parameters.ts';

/** One thing that happens. Between two of them promises settle, or nothing at all gets its turn. */
interface Step {
  readonly do: 'call' | 'acquire' | 'release' | 'end' | 'cancel' | 'advance';
  readonly pick: number;
  readonly settles: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('call', 'call', 'call', 'acquire', 'release', 'end', 'cancel', 'advance'),
    pick: fc.nat(20),
    settles: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** Calls through a policy with a queue, of which some are cancelled right when they have their turn. */
class Crowd {
  readonly clock = new ManualClock();
  readonly started: number[] = [];
  running = 0;
  most = 0;
  readonly #policy: { execute: Failsafe['execute'] };
  readonly #acquire: () => Permit | undefined;
  readonly #ends: (() => void)[] = [];
  readonly #permits: Permit[] = [];
  readonly #callers: AbortController[] = [];
  readonly #calls: Promise<unknown>[] = [];
  #count = 0;

  constructor(inner: BulkheadPolicy | RateLimiterPolicy, timeout: TimeoutPolicy | undefined) {
    const policies = timeout === undefined ? [inner] : [timeout, inner];
    this.#policy = new Failsafe({ policies });
    this.#acquire = () => inner.tryAcquire();
  }

  async take({ do: what, pick, settles }: Step): Promise<void> {
    const from = <T>(list: T[]): T | undefined => list[pick % list.length];
    if (what === 'call') this.#call(pick % 3 > 0);
    else if (what === 'acquire') this.#keep(this.#acquire());
    else if (what === 'release') from(this.#permits)?.release();
    else if (what === 'end') from(this.#ends)?.();
    else if (what === 'cancel') from(this.#callers)?.abort();
    else await this.clock.advance(pick * 5);
    if (settles) await settle();
  }

  /** Ends all that is running. */
  async finish(): Promise<void> {
    for (const permit of this.#permits) permit.release();
    for (let i = 0; i < 200; i++) {
      for (const end of this.#ends.splice(0)) end();
      await settle();
    }
    await this.clock.advance('1h');
    for (const end of this.#ends.splice(0)) end();
    await settle();
    await Promise.all(this.#calls);
  }

  #keep(permit: Permit | undefined): void {
    if (permit !== undefined) this.#permits.push(permit);
  }

  #call(cancellable: boolean): void {
    const id = this.#count++;
    const controller = new AbortController();
    if (cancellable) this.#callers.push(controller);
    const call = this.#policy.execute(
      async () => {
        this.started.push(id);
        this.running++;
        this.most = Math.max(this.most, this.running);
        const work = new Deferred<void>();
        this.#ends.push(() => {
          work.resolve();
        });
        await work.promise;
        this.running--;
      },
      cancellable ? { signal: controller.signal } : {},
    );
    this.#calls.push(call.catch(() => {}));
  }
}

const inOrder = (ids: number[]): number[] => [...ids].sort((a, b) => a - b);

describe('calls that wait while others end, are cancelled or time out', () => {
  it('neither lose nor share a slot of a bulkhead, and start in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(20, Infinity),
        fc.constantFrom(undefined, 35),
        async (list, maxConcurrent, maxWait, timeoutMs) => {
          const clock = new ManualClock();
          const bulkhead = new BulkheadPolicy({ clock, maxConcurrent, maxQueued: 99, maxWait });
          const timeout = timeoutMs === undefined ? undefined : { clock, timeout: timeoutMs };
          const crowd = new Crowd(bulkhead, timeout && new TimeoutPolicy(timeout));
          Object.assign(crowd, { clock });
          for (const step of list) await crowd.take(step);
          await crowd.finish();
          expect([bulkhead.inFlight, bulkhead.queued, clock.pendingTimers]).toEqual([0, 0, 0]);
          expect(crowd.most).toBeLessThanOrEqual(maxConcurrent);
          expect(crowd.started).toEqual(inOrder(crowd.started));
        },
      ),
      runs(300),
    );
  });

  it('lose no permit of a rate limiter, and start in order', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(undefined, 35), async (list, timeoutMs) => {
        const clock = new ManualClock();
        const rules = { clock, limit: 3, per: 30, maxWait: '1m' } as const;
        const limiter = new RateLimiterPolicy(rules);
        const timeout = timeoutMs === undefined ? undefined : { clock, timeout: timeoutMs };
        const crowd = new Crowd(limiter, timeout && new TimeoutPolicy(timeout));
        Object.assign(crowd, { clock });
        for (const step of list) await crowd.take(step);
        await crowd.finish();
        expect([limiter.queued, limiter.available, clock.pendingTimers]).toEqual([0, 3, 0]);
        expect(crowd.started).toEqual(inOrder(crowd.started));
      }),
      runs(300),
    );
  });
});
