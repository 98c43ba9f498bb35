import {
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  PolicyRegistry,
  RetryPolicy,
  type AdaptiveLimiterOptions,
  type AdaptiveThrottlerOptions,
  type BackoffOptions,
  type BulkheadOptions,
  type CacheOptions,
  type CircuitBreakerOptions,
  type Clock,
  type CloseOptions,
  type DurationParts,
  type ExecuteOptions,
  type FailsafeOptions,
  type FallbackOptions,
  type HedgeOptions,
  type LatencyQuantileOptions,
  type OpenOptions,
  type PolicyOptions,
  type PolicyRegistryOptions,
  type RateLimiterOptions,
  type RateOptions,
  type RetryBudgetOptions,
  type RetryOptions,
  type SlowOptions,
  type TimeoutOptions,
} from '@highway/resilience';
import type { TrialSupervisor } from '@highway/resilience/supervision';
import type { ChaosOptions, ManualClockOptions } from '@highway/resilience/testing';
import { describe, expectTypeOf, it } from 'vitest';

/** The optional keys of a type whose value may not be given as `undefined`. */
type Strict<T> = {
  [K in keyof T]-?: object extends Pick<T, K> ? (undefined extends T[K] ? Loose<T, K> : K) : never;
}[keyof T];
/** With `exactOptionalPropertyTypes` the reading of an optional key adds an `undefined` of its own. */
type Loose<T, K extends keyof T> = Record<K, undefined> extends Pick<T, K> ? never : K;

type All = [
  AdaptiveLimiterOptions,
  AdaptiveThrottlerOptions,
  BackoffOptions,
  BulkheadOptions,
  CacheOptions,
  ChaosOptions<number>,
  CircuitBreakerOptions,
  Clock,
  CloseOptions,
  DurationParts,
  ExecuteOptions,
  FailsafeOptions<[]>,
  FallbackOptions<number>,
  HedgeOptions,
  LatencyQuantileOptions,
  ManualClockOptions,
  OpenOptions,
  PolicyOptions,
  PolicyRegistryOptions,
  RateLimiterOptions,
  RateOptions,
  RetryBudgetOptions,
  RetryOptions,
  SlowOptions,
  TimeoutOptions,
  TrialSupervisor,
];

interface Config {
  name?: string;
  maxRetries?: number;
  maxQueued?: number;
  cooldown?: string;
  maxEntries?: number;
}

describe('an optional option', () => {
  it('may be passed on as it comes from a configuration', () => {
    const make = (config: Config): unknown => [
      new RetryPolicy({ name: config.name, maxRetries: config.maxRetries }),
      new CircuitBreakerPolicy({ cooldown: config.cooldown }),
      new BulkheadPolicy({ maxConcurrent: 1, maxQueued: config.maxQueued }),
      new CachePolicy({ ttl: '1s', maxEntries: config.maxEntries }),
      new Failsafe({ policies: [], onWarning: undefined }),
      new PolicyRegistry({ retry: undefined, bulkhead: { maxConcurrent: 1, maxWait: undefined } }),
    ];
    expectTypeOf(make).parameters.toEqualTypeOf<[Config]>();
  });

  it('may be undefined in every type', () => {
    expectTypeOf<{ [I in keyof All]: Strict<All[I]> }[number]>().toEqualTypeOf<never>();
  });

  it('is found where it may not be', () => {
    expectTypeOf<Strict<{ a?: number; b?: string | undefined; c: number }>>().toEqualTypeOf<'a'>();
  });
});
