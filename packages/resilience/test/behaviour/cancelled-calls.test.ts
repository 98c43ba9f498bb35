import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy, PolicyOptions } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { hold } from '../support/calls.ts';

type Make = (options: PolicyOptions) => Policy;

/** What can't end a call before its function does: its caller gets the value that comes late. */
const waiting: readonly [string, Make][] = [
  ['a retry', (options) => new RetryPolicy(options)],
  ['a fallback', (options) => new FallbackPolicy({ ...options, fallback: 'instead' })],
  ['a Failsafe', (options) => new Failsafe({ ...options, policies: [] })],
];

/** What gives a call up, or judges the dependency by it. */
const abandoning: readonly [string, Make][] = [
  ['a breaker', (options) => new CircuitBreakerPolicy(options)],
  ['a timeout', (options) => new TimeoutPolicy({ ...options, timeout: '1m' })],
  ['a bulkhead', (options) => new BulkheadPolicy({ ...options, maxConcurrent: 1 })],
  ['a rate limiter', (options) => new RateLimiterPolicy({ ...options, limit: 1, per: '1s' })],
  ['a hedge', (options) => new HedgePolicy({ ...options, delay: '1m' })],
  ['a cache', (options) => new CachePolicy({ ...options, ttl: '1s' })],
  ['an adaptive limiter', (options) => new AdaptiveLimiterPolicy(options)],
  ['an adaptive throttler', (options) => new AdaptiveThrottlerPolicy(options)],
];

/** What is told of a call whose caller aborts while the function runs, which then ends as it says. */
async function told(make: Make, outcome: string): Promise<readonly string[]> {
  const clock = new ManualClock();
  const policy = make({ clock });
  using recording = recordEvents(policy);
  const caller = new AbortController();
  const call = hold(policy, { signal: caller.signal, key: 'k' });
  await settle();
  expect(call.ran).toBe(true);
  caller.abort('enough');
  await call.settle(outcome);
  await settle();
  expect(clock.pendingTimers).toBe(0);
  return recording.types;
}

describe.each([...waiting, ...abandoning])('%s whose caller has gone away', (_name, make) => {
  it('reports no failure, even if the function fails', async () => {
    expect(await told(make, '0')).toEqual([]);
  });
});

describe.each(waiting)('%s whose caller has gone away', (_name, make) => {
  it('reports the success that the caller still gets', async () => {
    expect(await told(make, '1')).toEqual(['success']);
  });
});

describe.each(abandoning)('%s whose caller has gone away', (_name, make) => {
  it('reports no success, even if the function succeeds', async () => {
    expect(await told(make, '1')).toEqual([]);
  });
});

describe('a cancelled call', () => {
  it('is no failure in the events of a breaker or a retry (failsafe-java 0.8.2)', async () => {
    const failures: unknown[] = [];
    const breaker = new CircuitBreakerPolicy();
    const retry = new RetryPolicy({ clock: new ManualClock() });
    for (const policy of [breaker, retry]) policy.on('failure', (event) => failures.push(event));
    for (const policy of [breaker, retry]) {
      const caller = new AbortController();
      const call = hold(policy, { signal: caller.signal });
      caller.abort();
      await call.fail(caller.signal.reason);
    }
    expect(failures).toEqual([]);
  });
});
