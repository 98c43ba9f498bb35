import { expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  RateLimiterPolicy,
} from '@highway/resilience';
import type { Policy, PolicyOptions, RejectedError } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, rejection } from '../support/calls.ts';

/** Policies that reject the second call, or every call. */
const rejecting: readonly [string, (options: PolicyOptions) => Policy][] = [
  ['circuit', (options) => new CircuitBreakerPolicy({ ...options, failureThreshold: '1/1' })],
  ['bulkhead', (options) => new BulkheadPolicy({ ...options, maxConcurrent: 1 })],
  ['rate limiter', (options) => new RateLimiterPolicy({ ...options, limit: 1, per: '1s' })],
  ['concurrency limit', (options) => new AdaptiveLimiterPolicy({ ...options, maxLimit: 1 })],
  ['throttler', (options) => new AdaptiveThrottlerPolicy({ ...options, random: () => 0 })],
];

async function rejectedBy(policy: Policy): Promise<RejectedError> {
  if (policy instanceof CircuitBreakerPolicy) policy.open();
  // A throttler rejects once calls have failed, the others while one is running.
  for (let i = 0; i < 9; i++) await fail(policy);
  hold(policy);
  return (await rejection(hold(policy).result)) as RejectedError;
}

it.each(rejecting)('a rejection by a %s has its name in the message', async (kind, make) => {
  const clock = new ManualClock();
  const named = await rejectedBy(make({ clock, name: 'db' }));
  expect(named.message).toContain(`The ${kind} "db" `);
  expect(named.policyName).toBe('db');
});

it.each(rejecting)(
  'a rejection by a %s without a name has no name in the message',
  async (kind, make) => {
    const unnamed = await rejectedBy(make({ clock: new ManualClock() }));
    expect(unnamed.message).toMatch(new RegExp(`^The ${kind} [a-z]`));
    expect(unnamed.policyName).toBeUndefined();
  },
);
