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

/** Policies whose place the first call takes, or that refuse from the start. */
const refusing: readonly [string, (options: PolicyOptions) => Policy][] = [
  ['circuit', (options) => new CircuitBreakerPolicy({ ...options, failureThreshold: '1/1' })],
  ['bulkhead', (options) => new BulkheadPolicy({ ...options, maxConcurrent: 1 })],
  ['rate limiter', (options) => new RateLimiterPolicy({ ...options, limit: 1, per: '1s' })],
  ['concurrency limit', (options) => new AdaptiveLimiterPolicy({ ...options, maxLimit: 1 })],
  ['throttler', (options) => new AdaptiveThrottlerPolicy({ ...options, random: () => 0 })],
];

async function refusal(policy: Policy): Promise<RejectedError> {
  if (policy instanceof CircuitBreakerPolicy) policy.open();
  // A throttler refuses once calls have failed, the others while one is under way.
  for (let i = 0; i < 9; i++) await fail(policy);
  hold(policy);
  return (await rejection(hold(policy).result)) as RejectedError;
}

it.each(refusing)('the refusal of a %s names it in its message', async (kind, make) => {
  const clock = new ManualClock();
  const named = await refusal(make({ clock, name: 'db' }));
  expect(named.message).toContain(`The ${kind} "db" `);
  expect(named.policyName).toBe('db');
});

it.each(refusing)('the refusal of a %s without a name has none in it', async (kind, make) => {
  const unnamed = await refusal(make({ clock: new ManualClock() }));
  expect(unnamed.message).toMatch(new RegExp(`^The ${kind} [a-z]`));
  expect(unnamed.policyName).toBeUndefined();
});
