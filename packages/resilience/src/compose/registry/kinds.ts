import { AdaptiveLimiterPolicy } from '../../policies/adaptive-limiter/index.ts';
import type { AdaptiveLimiterOptions } from '../../policies/adaptive-limiter/index.ts';
import { AdaptiveThrottlerPolicy } from '../../policies/adaptive-throttler/index.ts';
import type { AdaptiveThrottlerOptions } from '../../policies/adaptive-throttler/index.ts';
import { BulkheadPolicy } from '../../policies/bulkhead/index.ts';
import type { BulkheadOptions } from '../../policies/bulkhead/index.ts';
import { CachePolicy } from '../../policies/cache/index.ts';
import type { CacheOptions } from '../../policies/cache/index.ts';
import { CircuitBreakerPolicy } from '../../policies/circuit-breaker/index.ts';
import type { CircuitBreakerOptions } from '../../policies/circuit-breaker/index.ts';
import { FallbackPolicy } from '../../policies/fallback/index.ts';
import type { FallbackOptions } from '../../policies/fallback/index.ts';
import { HedgePolicy } from '../../policies/hedge/index.ts';
import type { HedgeOptions } from '../../policies/hedge/index.ts';
import type { Policy } from '../../policy.ts';
import { stage } from '../../policy.ts';
import { RateLimiterPolicy } from '../../policies/rate-limiter/index.ts';
import type { RateLimiterOptions } from '../../policies/rate-limiter/index.ts';
import { RetryPolicy } from '../../policies/retry/index.ts';
import type { RetryOptions } from '../../policies/retry/index.ts';
import { TimeoutPolicy } from '../../policies/timeout/index.ts';
import type { TimeoutOptions } from '../../policies/timeout/index.ts';
import { CountingGate } from './counting-gate.ts';

/** The policies of a registry, by the name of the method that returns them. */
export interface Policies {
  circuitBreaker: CircuitBreakerPolicy;
  retry: RetryPolicy;
  timeout: TimeoutPolicy;
  bulkhead: BulkheadPolicy;
  rateLimiter: RateLimiterPolicy;
  fallback: FallbackPolicy;
  hedge: HedgePolicy;
  cache: CachePolicy;
  adaptiveLimiter: AdaptiveLimiterPolicy;
  adaptiveThrottler: AdaptiveThrottlerPolicy;
}

/** The options of each kind. */
export interface PolicyOptionsByKind {
  circuitBreaker: CircuitBreakerOptions;
  retry: RetryOptions;
  timeout: TimeoutOptions;
  bulkhead: BulkheadOptions;
  rateLimiter: RateLimiterOptions;
  fallback: FallbackOptions<unknown>;
  hedge: HedgeOptions;
  cache: CacheOptions;
  adaptiveLimiter: AdaptiveLimiterOptions;
  adaptiveThrottler: AdaptiveThrottlerOptions;
}

/** A kind of policy: the name of its section in the configuration, and of its method. */
export type Kind = keyof PolicyOptionsByKind;

/**
 * Whether a policy may be removed:
 *
 * - `idle`: a new one would do as well;
 * - `cooled`: an open circuit whose cooldown is over, so it admits the next call anyway;
 * - `needed`: it has running calls, or rejects calls.
 */
export type Retention = 'idle' | 'cooled' | 'needed';

/** A policy, and a function that tells whether it may be removed. */
export interface Made<P extends Policy<unknown> = Policy<unknown>> {
  readonly policy: P;
  retention(): Retention;
}

type Make<K extends Kind> = (options: PolicyOptionsByKind[K]) => Made<Policies[K]>;

/** Makes policies of every kind. */
export const kinds: { readonly [K in Kind]: Make<K> } = {
  circuitBreaker: (options) => circuit(new CircuitBreakerPolicy(options)),
  retry: (options) => expendable(new RetryPolicy(options)),
  timeout: (options) => expendable(new TimeoutPolicy(options)),
  bulkhead: (options) => {
    const policy = new BulkheadPolicy(options);
    return neededWhile(policy, () => policy.inFlight + policy.queued > 0);
  },
  rateLimiter: (options) => {
    const policy = new RateLimiterPolicy(options);
    const full = policy.settings['burst'];
    return neededWhile(policy, () => policy.available !== full);
  },
  fallback: (options) => expendable(new FallbackPolicy(options)),
  hedge: (options) => expendable(new HedgePolicy(options)),
  cache: (options) => expendable(new CachePolicy(options)),
  adaptiveLimiter: (options) => {
    const policy = new AdaptiveLimiterPolicy(options);
    return neededWhile(policy, () => policy.inFlight > 0);
  },
  adaptiveThrottler: (options) => {
    const policy = new AdaptiveThrottlerPolicy(options);
    return neededWhile(policy, () => policy.rejectionRate > 0);
  },
};

/** The kinds of policies. */
export const kindNames: readonly Kind[] = Object.keys(kinds) as Kind[];

/** A policy whose state is not needed, or only saves work. */
function expendable<P extends Policy<unknown>>(policy: P): Made<P> {
  return { policy, retention: () => 'idle' };
}

function neededWhile<P extends Policy<unknown>>(policy: P, busy: () => boolean): Made<P> {
  return { policy, retention: () => (busy() ? 'needed' : 'idle') };
}

/**
 * A closed breaker does not count its running calls, because that would make every call slower. A registry
 * needs the number, so it wraps the gate of its breakers.
 */
function circuit(policy: CircuitBreakerPolicy): Made<CircuitBreakerPolicy> {
  const gate = new CountingGate(policy[stage]);
  Object.defineProperty(policy, stage, { value: gate });
  return { policy, retention: () => (gate.inFlight > 0 ? 'needed' : retentionOfCircuit(policy)) };
}

function retentionOfCircuit({ state, retryAfter }: CircuitBreakerPolicy): Retention {
  switch (state) {
    case 'CLOSED':
      return 'idle';
    case 'HALF_OPEN':
      return 'cooled';
    case 'OPEN':
      return retryAfter === 0 ? 'cooled' : 'needed';
    case 'ISOLATED':
    case 'DISABLED':
    case 'METRICS_ONLY':
      return 'needed';
  }
}
