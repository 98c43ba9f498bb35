import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
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
  ['an empty Failsafe', () => new Failsafe({ policies: [] })],
  ['a Failsafe', () => chain()],
  ['a Failsafe in a Failsafe', () => new Failsafe({ policies: [chain()] })],
];

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
