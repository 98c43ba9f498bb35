// Each policy alone, around a call that succeeds. A policy is one entry in the table below.
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  RateLimiterPolicy,
  rate,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import * as peers from '../peers.ts';
import { fasterThanCockatiel, ofCockatiel, timesBare } from '../subject.ts';
import type { Target, TimedQuestion } from '../subject.ts';
import { bare, cockatiel, highway } from './subjects.ts';

interface Entry {
  readonly make: () => Policy<unknown>;
  /** The same in cockatiel, where it has it. */
  readonly peer?: () => object;
  /** Beside the one that each of them has. */
  readonly targets?: readonly Target[];
}

const entries: Readonly<Record<string, Entry>> = {
  retry: { make: () => new RetryPolicy(), peer: peers.cockatielRetry },
  timeout: {
    make: () => new TimeoutPolicy({ timeout: '10s' }),
    peer: peers.cockatielTimeout,
    targets: [fasterThanCockatiel(20)],
  },
  bulkhead: {
    make: () => new BulkheadPolicy({ maxConcurrent: 10, maxQueued: 10 }),
    peer: peers.cockatielBulkhead,
  },
  fallback: { make: () => new FallbackPolicy({ fallback: 0 }), peer: peers.cockatielFallback },
  'rate-limiter': { make: () => new RateLimiterPolicy({ limit: 1e9, per: '1s' }) },
  'time-window-breaker': {
    make: () =>
      new CircuitBreakerPolicy({
        failureThreshold: rate(0.5, { over: '10s', minimumCalls: 10 }),
        cooldown: '1h',
      }),
    peer: peers.cockatielSamplingBreaker,
    targets: [ofCockatiel(1)],
  },
};

function question([name, { make, peer, targets = [] }]: [string, Entry]): TimedQuestion {
  return {
    name: `${name}-alone`,
    asks: `What does a ${name.replaceAll('-', ' ')} alone cost a call that succeeds?`,
    subjects: [
      bare(),
      highway('execute', make, timesBare(2.5), ...targets),
      ...(peer === undefined ? [] : [cockatiel('cockatiel', peer)]),
    ],
  };
}

export const alone: readonly TimedQuestion[] = Object.entries(entries).map(question);
