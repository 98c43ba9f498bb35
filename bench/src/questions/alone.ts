// Each policy alone, around a call that succeeds. A policy is one entry in the table below.
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  rate,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { ExecuteOptions, Policy } from '@highway/resilience';
import * as peers from '../peers.ts';
import { fasterThanPeer, ofPeer, timesBare } from '../subject.ts';
import type { Subject, Target, TimedQuestion, Work } from '../subject.ts';
import { bare, cockatiel, highway } from './subjects.ts';

export interface Entry {
  readonly make: () => Policy<unknown>;
  /** Handed to `execute`, where the policy does nothing without. */
  readonly options?: ExecuteOptions;
  /** The same in cockatiel, where it has it. */
  readonly peer?: () => object;
  /** How many times the bare call it may cost. Default: 2.5. */
  readonly limit?: number;
  /** Beside that one. */
  readonly targets?: readonly Target[];
}

export const entries: Readonly<Record<string, Entry>> = {
  retry: { make: () => new RetryPolicy(), peer: peers.cockatielRetry },
  timeout: {
    make: () => new TimeoutPolicy({ timeout: '10s' }),
    peer: peers.cockatielTimeout,
    limit: 4,
    targets: [fasterThanPeer(20)],
  },
  bulkhead: {
    make: () => new BulkheadPolicy({ maxConcurrent: 10, maxQueued: 10 }),
    peer: peers.cockatielBulkhead,
  },
  fallback: { make: () => new FallbackPolicy({ fallback: 0 }), peer: peers.cockatielFallback },
  'rate-limiter': { make: () => new RateLimiterPolicy({ limit: 1e9, per: '1s' }) },
  hedge: { make: () => new HedgePolicy({ delay: '1s' }) },
  'cache-hit': { make: () => new CachePolicy({ ttl: '1h' }), options: { key: 'key' } },
  'adaptive-limiter': { make: () => new AdaptiveLimiterPolicy() },
  'adaptive-throttler': { make: () => new AdaptiveThrottlerPolicy() },
  'time-window-breaker': {
    make: () =>
      new CircuitBreakerPolicy({
        failureThreshold: rate(0.5, { over: '10s', minimumCalls: 10 }),
        cooldown: '1h',
      }),
    peer: peers.cockatielSamplingBreaker,
    targets: [ofPeer(0.9)],
  },
};

function question([name, entry]: [string, Entry]): TimedQuestion {
  const { make, options, peer, limit = 2.5, targets = [] } = entry;
  const subject = highway('execute', make, timesBare(limit), ...targets);
  return {
    name: `${name}-alone`,
    asks: `What does one policy cost a call that succeeds: ${name.replaceAll('-', ' ')}?`,
    subjects: [
      bare(),
      options === undefined ? subject : withOptions(subject, options),
      ...(peer === undefined ? [] : [cockatiel('cockatiel', peer)]),
    ],
  };
}

function withOptions(subject: Subject, options: ExecuteOptions): Subject {
  const setup = async (work: Work) => ({ ...(await subject.setup(work)), options });
  return { ...subject, code: 'policy.execute(fn, options)', setup };
}

export const alone: readonly TimedQuestion[] = Object.entries(entries).map(question);
