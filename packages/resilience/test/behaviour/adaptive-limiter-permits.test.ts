import { describe, expect, it } from 'vitest';
import { AdaptiveLimiterPolicy } from '@highway/resilience';
import type { AdaptiveLimiterOptions, Priority } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, hold, thrown } from '../support/calls.ts';

const limiterOf = (options: AdaptiveLimiterOptions = {}): AdaptiveLimiterPolicy =>
  new AdaptiveLimiterPolicy({ clock: new ManualClock(), initialLimit: 16, ...options });

/** How many permits of that priority it gives in addition. */
function take(limiter: AdaptiveLimiterPolicy, priority?: Priority): number {
  let taken = 0;
  while (limiter.tryAcquire({ priority }) !== undefined) taken++;
  return taken;
}

describe('a permit of an adaptive limiter with a priority', () => {
  it('leaves slots free for each priority above its own', () => {
    const limiter = limiterOf();
    const taken = (['low', 'normal', 'high', 'critical'] as const).map((each) =>
      take(limiter, each),
    );
    expect(taken).toEqual([10, 2, 2, 2]);
  });

  it('may use all slots if no priority is given, as a call', () => {
    expect(take(limiterOf())).toBe(16);
    expect(take(limiterOf(), undefined)).toBe(16);
    const limiter = limiterOf();
    for (let i = 0; i < 16; i++) expect(limiter.tryAcquire({})).toBeDefined();
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('has the priority that the option returns if none is given, else its own', () => {
    const asked: unknown[] = [];
    const limiter = limiterOf({
      priority: ({ attempt, data }) => {
        asked.push(attempt, data);
        return 'low';
      },
    });
    expect(take(limiter)).toBe(10);
    expect(asked.slice(0, 2)).toEqual([1, undefined]);
    const before = asked.length;
    expect(take(limiter, 'critical')).toBe(6);
    expect(asked.length).toBe(before);
  });

  it('shares the slots with calls', async () => {
    const limiter = limiterOf();
    const calls = Array.from({ length: 10 }, () => hold(limiter));
    expect(limiter.tryAcquire({ priority: 'low' })).toBeUndefined();
    const permit = limiter.tryAcquire({ priority: 'normal' })!;
    expect(limiter.inFlight).toBe(11);
    permit.failure(boom);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(limiter.inFlight).toBe(0);
    expect(limiter.tryAcquire({ priority: 'low' })).toBeDefined();
  });

  it.each<[unknown, RegExp]>([
    [{ priority: 'urgent' }, /^priority: "urgent" is invalid; expected one of critical, high, /],
    [{ priority: 1 }, /^priority: 1 is invalid; expected one of critical/],
    [{ priority: null }, /^priority: null is invalid/],
    [{ prio: 'low' }, /^tryAcquire: unknown option "prio"; known options are priority/],
    ['low', /^tryAcquire: options must be an object, got "low"/],
    [null, /^tryAcquire: options must be an object/],
  ])('throws for the options %o, and takes no slot', (options, message) => {
    const limiter = limiterOf();
    expect(thrown(() => limiter.tryAcquire(options as never))).toMatchObject({
      message: expect.stringMatching(message) as unknown,
    });
    expect(limiter.inFlight).toBe(0);
  });
});
