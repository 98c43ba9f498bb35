import { AdaptiveLimiterPolicy, Failsafe, RetryPolicy, TimeoutPolicy } from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';

const timeoutMs = 5000;

/** A limiter before a service that takes as long as it is told, and what gives hung calls up. */
class Bench {
  readonly clock = new ManualClock();
  readonly limiter: AdaptiveLimiterPolicy;
  readonly chain: Policy;

  constructor(
    around: (limiter: Policy, clock: ManualClock) => Policy[],
    options: { handle?: (error: unknown) => boolean } = {},
  ) {
    this.limiter = new AdaptiveLimiterPolicy({ clock: this.clock, maxLimit: 200, ...options });
    this.chain = new Failsafe({ policies: around(this.limiter, this.clock) });
  }

  /** As many calls at once as the limit allows, and one more; gives how many had an answer. */
  async round(ms: number, share = 1): Promise<number> {
    const calls = Array.from({ length: this.limiter.limit + 1 }, (_, i) =>
      this.chain.executeOutcome(({ signal }) => this.#work(i % 10 < share * 10 ? ms : 50, signal)),
    );
    await this.clock.advance(Math.max(ms, 50));
    return (await Promise.all(calls)).filter(({ ok }) => ok).length;
  }

  /** The limit after each of so many rounds. */
  async rounds(count: number, ms: number, share = 1): Promise<number[]> {
    const limits: number[] = [];
    for (let i = 0; i < count; i++) {
      await this.round(ms, share);
      limits.push(this.limiter.limit);
    }
    return limits;
  }

  /** Ends early when it is aborted, as a `fetch` does. */
  #work(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
  }
}

type Around = ConstructorParameters<typeof Bench>[0];

const timeout = (clock: ManualClock): Policy => new TimeoutPolicy({ clock, timeout: timeoutMs });

const arrangements: [string, Around, { handle?: (error: unknown) => boolean }?][] = [
  ['an inner timeout', (limiter, clock) => [limiter, timeout(clock)]],
  ['an outer timeout', (limiter, clock) => [timeout(clock), limiter]],
  [
    'a timeout that handle takes for an answer',
    (limiter, clock) => [limiter, timeout(clock)],
    { handle: () => false },
  ],
  [
    'a retry of timeouts further in',
    (limiter, clock) => [limiter, new RetryPolicy({ clock, maxRetries: 1 }), timeout(clock)],
  ],
];

describe('an adaptive limiter in front of a service that hangs', { timeout: 60_000 }, () => {
  it.each(arrangements)('stays low with %s, and recovers', async (_, around, options) => {
    const bench = new Bench(around, options);
    await bench.rounds(50, 50);
    const healthy = bench.limiter.limit;
    expect(healthy).toBeGreaterThan(20);
    const hanging = await bench.rounds(60, 60_000);
    expect(hanging.at(-1)).toBeLessThanOrEqual(3);
    for (const [i, limit] of hanging.entries()) {
      expect(limit).toBeLessThanOrEqual(i === 0 ? healthy : hanging[i - 1]!);
    }
    const recovering = await bench.rounds(400, 50);
    expect(recovering.at(-1)).toBeGreaterThan(20);
  });

  it.each(arrangements)('does not grow from the first call on, with %s', async (_, ...rest) => {
    const bench = new Bench(...rest);
    const limits = await bench.rounds(80, 60_000);
    expect(Math.max(...limits)).toBeLessThanOrEqual(20);
    expect(limits.at(-1)).toBeLessThanOrEqual(3);
    expect((await bench.rounds(400, 50)).at(-1)).toBeGreaterThan(20);
  });

  it('does not grow while a timeout that is shorter than its bound ends half of the calls', async () => {
    const bench = new Bench((limiter, clock) => [
      limiter,
      new TimeoutPolicy({ clock, timeout: 60 }),
    ]);
    await bench.rounds(50, 50);
    const before = bench.limiter.limit;
    const limits = await bench.rounds(60, 70, 0.5);
    expect(Math.max(...limits)).toBeLessThanOrEqual(before);
  });

  it('tolerates a few calls that hang', async () => {
    const bench = new Bench((limiter, clock) => [limiter, timeout(clock)]);
    const limits: number[] = [];
    for (let i = 0; i < 200; i++) {
      await bench.round(i % 20 === 0 ? 6000 : 50, 0.1);
      limits.push(bench.limiter.limit);
    }
    expect(limits.at(-1)).toBeGreaterThanOrEqual(20);
  });

  it('does not take the platform’s time-out for a latency', async () => {
    const bench = new Bench((limiter) => [limiter], { handle: () => false });
    const { clock, limiter } = bench;
    await bench.rounds(50, 50);
    const before = limiter.limit;
    for (let i = 0; i < 60; i++) {
      const calls = Array.from({ length: limiter.limit + 1 }, () =>
        limiter.executeOutcome(
          () =>
            new Promise((_resolve, reject) => {
              clock.setTimeout(() => {
                reject(new DOMException('The operation timed out.', 'TimeoutError'));
              }, timeoutMs);
            }),
        ),
      );
      await clock.advance(timeoutMs);
      await Promise.all(calls);
      expect(limiter.limit).toBeLessThanOrEqual(before);
    }
    expect(limiter.limit).toBeLessThanOrEqual(3);
  });
});
