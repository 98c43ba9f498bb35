import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Random } from '@highway/resilience';
import { isPassing } from './shop.ts';

/** A service's policies, and the circuit among them. */
export interface Protection {
  readonly breaker: CircuitBreakerPolicy;
  readonly policy: Failsafe;
}

/** Somewhat less than the payment service bears when it is back. */
const maxConcurrent = 20;

/** How calls to a service are protected. */
export function protectionOf(service: string, random: Random): Protection {
  const breaker = new CircuitBreakerPolicy({
    name: service,
    failureThreshold: consecutive(5),
    successThreshold: '2/2',
    cooldown: '500ms',
    handle: isPassing,
  });
  const retry = new RetryPolicy({
    maxRetries: 8,
    backoff: new Backoff({ minDelay: 100, maxDelay: 2_000, jitter: 0.5, random }),
    handle: isPassing,
  });
  const bulkhead = new BulkheadPolicy({ maxConcurrent });
  const timeout = new TimeoutPolicy({ timeout: '5s' });
  return { breaker, policy: new Failsafe({ policies: [retry, breaker, bulkhead, timeout] }) };
}
