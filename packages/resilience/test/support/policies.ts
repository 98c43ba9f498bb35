import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  FallbackPolicy,
  RateLimiterPolicy,
  RetryPolicy,
  type Policy,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';

type Kind = readonly [name: string, make: () => Policy];

/** Policies that add nothing of their own to a first call: what holds for one holds for all. */
export const transparentPolicies: readonly Kind[] = [
  ['a breaker', () => new CircuitBreakerPolicy({ clock: new ManualClock() })],
  ['a breaker that judges values', () => new CircuitBreakerPolicy({ handleResult: () => false })],
  ['a half-open breaker', () => halfOpenBreaker()],
  ['a retry', () => new RetryPolicy({ clock: new ManualClock(), handle: () => false })],
  ['a retry that judges values', () => passingRetry()],
  ['a breaker that is listened to', () => listenedTo(new CircuitBreakerPolicy())],
  ['a retry that is listened to', () => listenedTo(new RetryPolicy({ handle: () => false }))],
  ['a bulkhead', () => new BulkheadPolicy({ maxConcurrent: 10_000 })],
  ['a rate limiter', () => new RateLimiterPolicy({ limit: 10_000, per: '1s' })],
  ['a fallback', () => new FallbackPolicy({ fallback: () => 5 as never, handle: () => false })],
  ['an empty Failsafe', () => new Failsafe({ policies: [] })],
  ['a Failsafe', () => chain()],
  ['a Failsafe in a Failsafe', () => new Failsafe({ policies: [chain()] })],
];

function listenedTo(policy: Policy): Policy {
  for (const type of ['success', 'failure', 'stateChange'] as const) policy.on(type, () => {});
  return policy;
}

function halfOpenBreaker(): CircuitBreakerPolicy {
  const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), failureThreshold: '5/9' });
  breaker.halfOpen();
  return breaker;
}

function passingRetry(): RetryPolicy {
  return new RetryPolicy({
    backoff: Backoff.none,
    handle: () => false,
    handleResult: () => false,
  });
}

function chain(): Failsafe {
  const clock = new ManualClock();
  return new Failsafe({
    policies: [
      new RetryPolicy({ clock, handle: () => false }),
      new CircuitBreakerPolicy({ clock }),
    ],
  });
}
