import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  ConcurrencyLimitError,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RateLimitExceededError,
  RateLimiterPolicy,
  RetriesExceededError,
  RetryPolicy,
  ThrottledError,
  TimeoutPolicy,
} from '@highway/resilience';
import type { EventType, FallbackOptions, Policy, PolicyOptions } from '@highway/resilience';
import { ChaosPolicy } from '@highway/resilience/testing';
import type { ManualClock } from '@highway/resilience/testing';
import { expect } from 'vitest';
import { boom, hold } from './calls.ts';

/** How a policy is brought to emit an event once. */
export interface Scenario {
  readonly type: EventType;
  /** Makes the policy and a call; gives both when the event is out. */
  run(options: PolicyOptions, clock: ManualClock, listen: Listen): Promise<Ended>;
  /** What the event says beside what every event does. */
  readonly fields: object;
}

/** What a scenario came to. */
export interface Ended {
  readonly policy: Policy;
  /** What the call gave or threw. */
  readonly result: unknown;
}

/** Called with the policy when the scenario is about to begin. */
export type Listen = (policy: Policy) => void;

/** The policies and what they emit; each event in a scenario of its own. */
export const eventTable: Record<string, readonly Scenario[]> = {
  CircuitBreakerPolicy: [
    ...outcomes((options) => new CircuitBreakerPolicy(options)),
    judgedValue((options) => new CircuitBreakerPolicy({ ...options, handleResult: isBad })),
    rejected(CircuitOpenError, (options) => {
      const breaker = new CircuitBreakerPolicy(options);
      breaker.open();
      return breaker;
    }),
    scenario(
      'stateChange',
      (options) => new CircuitBreakerPolicy({ ...options, failureThreshold: '1/4' }),
      {
        fields: {
          oldState: 'CLOSED',
          newState: 'OPEN',
          cause: 'threshold',
          window: { length: 1, successCount: 0, failureCount: 1, failureRate: 1 },
        },
        call: (policy) => policy.execute(throwing),
      },
    ),
  ],
  RetryPolicy: [
    ...outcomes((options) => new RetryPolicy({ ...options, handle: () => false })),
    judgedValue((options) => new RetryPolicy({ ...options, maxRetries: 0, handleResult: isBad })),
    scenario('failure', (options) => new RetryPolicy({ ...options, maxRetries: 0 }), {
      fields: { attempt: 1, duration: 7, error: expect.any(RetriesExceededError) as unknown },
      call: (policy, clock) => policy.execute(() => later(clock, boom)),
    }),
    scenario('retry', (options) => retryOnce(options), {
      fields: { attempt: 1, delay: 20, error: boom },
      call: (policy, clock) => policy.execute(({ attempt }) => later(clock, attempt === 1 && boom)),
    }),
    scenario('retry', (options) => retryOnce(options), {
      fields: { attempt: 1, delay: 20, value: 'bad' },
      call: (policy) => policy.execute(({ attempt }) => (attempt === 1 ? 'bad' : 'good')),
    }),
  ],
  TimeoutPolicy: [
    ...outcomes((options) => new TimeoutPolicy({ ...options, timeout: 100 })),
    scenario('timeout', (options) => new TimeoutPolicy({ ...options, timeout: 100 }), {
      fields: { attempt: 1, timeoutMs: 100 },
      call: (policy) => policy.execute(() => new Promise(() => {})),
    }),
  ],
  BulkheadPolicy: [
    ...outcomes((options) => new BulkheadPolicy({ ...options, maxConcurrent: 1 }), { waited: 0 }),
    scenario('queued', (options) => oneAtATime(options), {
      fields: { attempt: 1 },
      call: (policy, clock) => Promise.all([1, 2].map(() => policy.execute(() => later(clock)))),
    }),
    rejected(BulkheadFullError, (options) => {
      const bulkhead = new BulkheadPolicy({ ...options, maxConcurrent: 1 });
      hold(bulkhead);
      return bulkhead;
    }),
    rejected(BulkheadFullError, (options) => {
      const bulkhead = new BulkheadPolicy({
        ...options,
        maxConcurrent: 1,
        maxQueued: 1,
        maxWait: 50,
      });
      hold(bulkhead);
      return bulkhead;
    }),
  ],
  RateLimiterPolicy: [
    ...outcomes((options) => new RateLimiterPolicy({ ...options, limit: 1, per: '1s' }), {
      waited: 0,
    }),
    scenario('queued', (options) => waitingLimiter(options), {
      fields: { attempt: 1 },
      before: (policy) => policy.execute(() => 1),
      call: (policy) => policy.execute(() => 1),
    }),
    scenario('success', (options) => waitingLimiter(options), {
      fields: { attempt: 1, duration: 0, waited: 100 },
      before: (policy) => policy.execute(() => 1),
      call: (policy) => policy.execute(() => 1),
    }),
    rejected(RateLimitExceededError, (options) => {
      const limiter = new RateLimiterPolicy({ ...options, limit: 1, per: '1s' });
      limiter.tryAcquire()!.success();
      return limiter;
    }),
  ],
  FallbackPolicy: [
    ...outcomes((options) => fallback({ ...options, handle: () => false })),
    scenario('fallback', (options) => fallback(options), {
      fields: { error: boom },
      call: (policy) => policy.execute(throwing),
    }),
    scenario('fallback', (options) => fallback({ ...options, handleResult: isBad }), {
      fields: { value: 'bad' },
      call: (policy) => policy.execute(() => 'bad'),
    }),
  ],
  HedgePolicy: [
    ...outcomes((options) => new HedgePolicy({ ...options, delay: 500, handle: () => false })),
    scenario('hedge', (options) => new HedgePolicy({ ...options, delay: 50 }), {
      fields: { attempt: 2 },
      call: (policy) =>
        policy.execute(({ attempt }) => (attempt === 2 ? 'fine' : new Promise(() => {}))),
    }),
  ],
  CachePolicy: [
    ...outcomes((options) => cache(options)),
    scenario('cacheHit', (options) => cache(options), {
      fields: { key: 'k', stale: false },
      before: (policy) => policy.execute(() => 'kept', { key: 'k' }),
      call: (policy) => policy.execute(throwing, { key: 'k' }),
    }),
    scenario('cacheHit', (options) => cache(options), {
      fields: { key: 'k', stale: true },
      before: async (policy, clock) => {
        await policy.execute(() => 'kept', { key: 'k' });
        await clock.advance('2s');
      },
      call: (policy) => policy.execute(throwing, { key: 'k' }),
    }),
    scenario('coalesced', (options) => cache(options), {
      fields: { key: 'k' },
      call: (policy, clock) => {
        void policy.execute(() => later(clock), { key: 'k' });
        return policy.execute(throwing, { key: 'k' });
      },
    }),
  ],
  AdaptiveLimiterPolicy: [
    ...outcomes((options) => new AdaptiveLimiterPolicy(options)),
    rejected(ConcurrencyLimitError, (options) => {
      const limiter = new AdaptiveLimiterPolicy({ ...options, maxLimit: 1 });
      hold(limiter);
      return limiter;
    }),
  ],
  AdaptiveThrottlerPolicy: [
    ...outcomes((options) => new AdaptiveThrottlerPolicy(options)),
    scenario(
      'rejected',
      (options) => new AdaptiveThrottlerPolicy({ ...options, random: () => 0 }),
      {
        fields: { error: expect.any(ThrottledError) as unknown },
        before: async (policy) => {
          for (let i = 0; i < 9; i++) await policy.executeOutcome(throwing);
        },
        call: (policy) => policy.execute(throwing),
      },
    ),
  ],
  Failsafe: outcomes((options) => new Failsafe({ ...options, policies: [] })),
  ChaosPolicy: [
    scenario('injected', (options) => new ChaosPolicy({ ...options, rate: 1, fault: boom }), {
      fields: { kind: 'fault' },
      call: (policy) => policy.execute(() => 1),
    }),
    scenario('injected', (options) => new ChaosPolicy({ ...options, rate: 1, latency: 50 }), {
      fields: { kind: 'latency' },
      call: (policy) => policy.execute(() => 1),
    }),
    scenario('injected', (options) => chaosResult(options), {
      fields: { kind: 'result' },
      call: (policy) => policy.execute(() => 1),
    }),
  ],
};

type Make = (options: PolicyOptions) => Policy;
type Call = (policy: Policy, clock: ManualClock) => unknown;

function scenario(
  type: EventType,
  make: Make,
  { fields, before, call }: { fields: object; before?: Call; call: Call },
): Scenario {
  return {
    type,
    fields,
    run: async (options, clock, listen) => {
      // A duration is the difference of two times, which shows where the first is not zero.
      await clock.advance(1000);
      const policy = make(options);
      await before?.(policy, clock);
      listen(policy);
      const result = Promise.resolve(call(policy, clock)).catch((error: unknown) => error);
      await clock.advance(200);
      return { policy, result: await result };
    },
  };
}

/** A success and a failure, seven milliseconds each. */
function outcomes(make: Make, also: object = {}): Scenario[] {
  return [
    scenario('success', make, {
      fields: { attempt: 1, duration: 7, ...also },
      call: (policy, clock) => policy.execute(() => later(clock), { key: 'other' }),
    }),
    scenario('failure', make, {
      fields: { attempt: 1, duration: 7, error: boom, ...also },
      call: (policy, clock) => policy.execute(() => later(clock, boom), { key: 'other' }),
    }),
  ];
}

function judgedValue(make: Make): Scenario {
  return scenario('failure', make, {
    fields: { attempt: 1, duration: 0, value: 'bad' },
    call: (policy) => policy.execute(() => 'bad'),
  });
}

function rejected(type: new (...args: never[]) => Error, make: Make): Scenario {
  return scenario('rejected', make, {
    fields: { error: expect.any(type) as unknown },
    call: (policy) => policy.execute(() => 1),
  });
}

function retryOnce(options: PolicyOptions): Policy {
  const backoff = Backoff.fixed(20);
  return new RetryPolicy({ ...options, maxRetries: 1, backoff, handleResult: isBad });
}

function fallback(options: Partial<FallbackOptions<unknown>>): Policy {
  return new FallbackPolicy({ ...options, fallback: 'instead' });
}

function cache(options: PolicyOptions): Policy {
  return new CachePolicy({ ...options, ttl: '1s', staleIfError: '1h' });
}

function chaosResult(options: PolicyOptions): Policy {
  return new ChaosPolicy({ ...options, rate: 1, result: 'instead' });
}

function oneAtATime(options: PolicyOptions): Policy {
  return new BulkheadPolicy({ ...options, maxConcurrent: 1, maxQueued: 1 });
}

function waitingLimiter(options: PolicyOptions): Policy {
  return new RateLimiterPolicy({ ...options, limit: 10, per: '1s', burst: 1, maxWait: '1s' });
}

function throwing(): never {
  throw boom;
}

function isBad(value: unknown): boolean {
  return value === 'bad';
}

/** Settles after seven milliseconds: throws the error, if there is one. */
function later(clock: ManualClock, error: unknown = false): Promise<string> {
  return new Promise((resolve, reject) => {
    clock.setTimeout(() => {
      if (error === false) resolve('fine');
      else reject(error);
    }, 7);
  });
}
