import { RateLimiterPolicy } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LateClock } from '../support/late-clock.ts';
import { runs } from './parameters.ts';

const rules = fc.record({
  limit: fc.constantFrom(1, 3, 20, 100, 500, 2000),
  per: fc.constantFrom(100, 1000),
  burst: fc.constantFrom(1, 2, 10, 100),
});

/** How late timers may be, as a share of `per`. */
const lateness = fc.constantFrom(0, 0.001, 0.01, 0.1, 2);
/** Calls that all wait from the start, or callers that each call again when they had their turn. */
const callers = fc.constantFrom<'a queue' | number>('a queue', 1, 3);

interface Run {
  readonly limiter: RateLimiterPolicy;
  readonly clock: LateClock;
  /** When permits were had. */
  readonly times: readonly number[];
}

async function run(
  options: { limit: number; per: number; burst: number },
  { seed, lateMs, callers }: { seed: number; lateMs: number; callers: 'a queue' | number },
): Promise<Run> {
  const random = seededRandom(seed);
  const clock = new LateClock(1, () => random() * lateMs);
  const limiter = new RateLimiterPolicy({ clock, ...options, maxWait: Infinity });
  const spans = 4;
  const most = options.limit * spans + options.burst;
  const times: number[] = [];
  const call = (): Promise<unknown> => limiter.execute(() => times.push(clock.now()));
  const callForEver = async (): Promise<void> => {
    while (times.length < 2 * most) await call();
  };
  if (callers === 'a queue') for (let i = 0; i < 2 * most; i++) void call();
  else for (let i = 0; i < callers; i++) void callForEver();
  await clock.runUntil(spans * options.per);
  return { limiter, clock, times };
}

/** The most permits in any span of so many ms, both ends included. */
function mostIn(times: readonly number[], spanMs: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! > spanMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('a rate limiter whose timers are late', { timeout: 120_000 }, () => {
  it('never admits more than limit and burst in any period of the limit', async () => {
    await fc.assert(
      fc.asyncProperty(rules, lateness, callers, fc.nat(), async (options, share, who, seed) => {
        const { limit, per, burst } = options;
        const { times } = await run(options, { seed, lateMs: share * per, callers: who });
        expect(mostIn(times, per)).toBeLessThanOrEqual(limit + burst);
        // No permit comes before it is due, but for rounding.
        for (const [i, at] of times.entries()) {
          expect(i).toBeLessThanOrEqual(burst - 1 + (at * limit) / per + 0.01);
        }
      }),
      runs(60),
    );
  });

  it('serves waiting calls at its limit, within a few percent', async () => {
    const fast = rules.filter(({ limit }) => limit >= 100);
    const small = fc.constantFrom(0, 0.001, 0.01);
    await fc.assert(
      fc.asyncProperty(fast, small, callers, fc.nat(), async (options, share, who, seed) => {
        const { limit, per, burst } = options;
        // Who only calls again when it had its turn is not there when the timer is due.
        fc.pre(share * per <= (who === 'a queue' ? per / 100 : 1));
        const { times } = await run(options, { seed, lateMs: share * per, callers: who });
        const ratio = (times.length - burst) / (4 * limit);
        expect(ratio).toBeGreaterThan(0.93);
        expect(ratio).toBeLessThanOrEqual(1 + 1 / limit);
      }),
      runs(40),
    );
  });

  it('admits at most the burst at once after a pause, however late the last timer was', async () => {
    const clock = new LateClock(1, () => 40);
    const limiter = new RateLimiterPolicy({
      clock,
      limit: 1000,
      per: '1s',
      burst: 5,
      maxWait: '1h',
    });
    for (let i = 0; i < 6; i++) void limiter.execute(() => {});
    await clock.runUntil(500);
    expect([limiter.queued, limiter.available, clock.pendingTimers]).toEqual([0, 5, 0]);
    let ran = 0;
    for (let i = 0; i < 20; i++) void limiter.execute(() => ran++);
    expect(ran).toBe(5);
  });

  it('makes up for lateness with calls that come just after the waiting ones', async () => {
    const clock = new LateClock(1, () => 9);
    const limiter = new RateLimiterPolicy({
      clock,
      limit: 1000,
      per: '1s',
      burst: 1,
      maxWait: '1h',
    });
    void limiter.execute(() => {});
    void limiter.execute(() => {});
    await clock.runUntil(10);
    // Nine more were due until then; those of the last milliseconds are still there.
    expect([clock.now(), limiter.available]).toEqual([10, 5]);
    const results = Array.from({ length: 5 }, () => limiter.tryAcquire());
    expect(results).not.toContain(undefined);
    expect(limiter.tryAcquire()).toBeUndefined();
  });
});
