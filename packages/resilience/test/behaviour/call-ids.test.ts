import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
  observe,
} from '@highway/resilience';
import type { Policy, PolicyEvent } from '@highway/resilience';
import { ManualClock, recordEvents } from '@highway/resilience/testing';
import { boom, fail, hold, succeed } from '../support/calls.ts';

/** The events of policies of one clock, as they come. */
function recording(...policies: Policy<unknown>[]): readonly PolicyEvent[] {
  return recordEvents(...policies).events;
}

describe('the id of a call', () => {
  it('is the same in all events of a call, across policies, attempts and nested Failsafes', async () => {
    const clock = new ManualClock();
    const inner = [
      new CircuitBreakerPolicy({ clock, failureThreshold: '1/1' }),
      new RateLimiterPolicy({ clock, limit: 9, per: '1s' }),
      new BulkheadPolicy({ clock, maxConcurrent: 1 }),
    ];
    const nested = new Failsafe({ clock, policies: inner });
    const outer = [
      new FallbackPolicy({ clock, fallback: 'instead' }),
      new CachePolicy({ clock, ttl: '1m' }),
      new TimeoutPolicy({ clock, timeout: '1m' }),
      new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 2 }),
      new HedgePolicy({ clock, delay: '1s' }),
    ];
    const events = recording(...outer, nested, ...inner);
    const chain = new Failsafe({ clock, policies: [...outer, nested] });
    const throwing = (): never => {
      throw boom;
    };
    const ids: unknown[] = [];
    for (const key of ['a', 'b', undefined]) {
      const from = events.length;
      expect(await chain.execute(throwing, { key })).toBe('instead');
      const own = events.slice(from).filter(({ type }) => type !== 'stateChange');
      const types = new Set(own.map(({ type }) => type));
      expect(types).toContain('fallback');
      expect([...new Set(own.map(({ callId }) => callId))]).toHaveLength(1);
      ids.push(own[0]!.callId);
    }
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(3);
  });

  it('differs between concurrent calls, and between permits', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 2, name: 'ids' });
    const events = recording(bulkhead);
    const permit = bulkhead.tryAcquire()!;
    const calls = [1, 2].map(() => succeed(bulkhead));
    expect(bulkhead.tryAcquire()).toBeUndefined();
    permit.success();
    await Promise.all(calls);
    expect(events.map(({ type }) => type)).toEqual([
      'queued',
      'queued',
      'rejected',
      'success',
      'success',
      'success',
    ]);
    const [first, second, rejected, held, ...ended] = events.map(({ callId }) => callId);
    expect(ended).toEqual([first, second]);
    expect(new Set([first, second, rejected, held]).size).toBe(4);
  });

  it('is the same in all attempts of a wrapped function, and differs between its calls', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1, name: 'wrapped ids' });
    const ids: unknown[] = [];
    const stop = observe(({ callId, policyName }) => {
      if (policyName === 'wrapped ids') ids.push(callId);
    });
    const wrapped = retry(() => Promise.reject(boom));
    await wrapped().catch(() => {});
    await fail(retry);
    stop();
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBe(ids[3]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('the wait of a call', () => {
  it.each<[string, (clock: ManualClock) => Policy]>([
    ['bulkhead', (clock) => new BulkheadPolicy({ clock, maxConcurrent: 1, maxQueued: 5 })],
    [
      'rate limiter',
      (clock) => new RateLimiterPolicy({ clock, limit: 1, per: 50, burst: 1, maxWait: '1s' }),
    ],
  ])('at a %s is reported when it begins, and how long it was when it ends', async (_, make) => {
    const clock = new ManualClock();
    const policy = make(clock);
    const events = recording(policy);
    const first = hold(policy);
    const second = hold(policy);
    await clock.advance(50);
    await first.succeed();
    await clock.advance(30);
    await second.fail();
    expect(events).toMatchObject([
      { type: 'queued', attempt: 1 },
      { type: 'success', waited: 0, duration: 50 },
      { type: 'failure', waited: 50, duration: 30 },
    ]);
    expect(events[2]!.callId).toBe(events[0]!.callId);
  });

  it('is reported only when it begins if the caller gives up waiting', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 1 });
    const events = recording(bulkhead);
    const first = hold(bulkhead);
    const caller = new AbortController();
    const second = hold(bulkhead, { signal: caller.signal });
    caller.abort();
    await first.succeed();
    await second.result.catch(() => {});
    expect(events.map(({ type }) => type)).toEqual(['queued', 'success']);
  });
});
