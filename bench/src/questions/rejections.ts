// A rejection by each policy that rejects. A policy is one entry in the table below.
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  RateLimiterPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { forever, fullCockatielBulkhead, openCockatielBreaker } from '../peers.ts';
import { ofPeer } from '../subject.ts';
import type { Subject, TimedQuestion } from '../subject.ts';
import { bare, cockatiel, highway } from './subjects.ts';

type Make = () => Policy<unknown> | Promise<Policy<unknown>>;

/** Policies that reject every call from now on. */
const entries: Readonly<Record<string, Make>> = {
  'open circuit': () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: '1h' });
    breaker.open();
    return breaker;
  },
  'full bulkhead': () => occupied(new BulkheadPolicy({ maxConcurrent: 1 })),
  'used-up rate limit': () => {
    const limiter = new RateLimiterPolicy({ limit: 1, per: { days: 1 } });
    void limiter.execute(() => 1);
    return limiter;
  },
  'adaptive limit': () =>
    occupied(new AdaptiveLimiterPolicy({ minLimit: 1, maxLimit: 1, initialLimit: 1 })),
  throttler: async () => {
    const throttler = new AdaptiveThrottlerPolicy({ window: '1h', random: () => 0 });
    const fail = () => Promise.reject(new Error('makes it throttle'));
    for (let i = 0; i < 1_000; i++) await throttler.execute(fail).catch(() => undefined);
    return throttler;
  },
};

/** Takes the only slot of a policy, for good. */
function occupied<P extends Policy<unknown>>(policy: P): P {
  void policy.execute(forever);
  return policy;
}

function subject([name, make]: [string, Make]): Subject {
  return highway(name, make, ofPeer(1 / 3));
}

export const rejections: TimedQuestion = {
  name: 'rejections',
  asks: 'What does a rejection by each policy cost?',
  subjects: [
    bare('fail'),
    ...Object.entries(entries).map(subject),
    cockatiel('cockatiel, open circuit', openCockatielBreaker),
    cockatiel('cockatiel, full bulkhead', fullCockatielBulkhead),
  ],
};
