import type {
  CachePolicy,
  CircuitBreakerPolicy,
  PolicyRegistry,
  PolicyRegistryOptions,
  RetryOptions,
  SectionOptions,
} from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

describe('a registry', () => {
  it('has a method for each kind, which takes a name', () => {
    expectTypeOf<PolicyRegistry['circuitBreaker']>().toEqualTypeOf<
      (name: string) => CircuitBreakerPolicy
    >();
    expectTypeOf<PolicyRegistry['cache']>().toEqualTypeOf<(name: string) => CachePolicy>();
    expectTypeOf<PolicyRegistry['size']>().toEqualTypeOf<number>();
  });

  it('lists the policies of a kind', () => {
    const list = (registry: PolicyRegistry) => registry.policies('circuitBreaker');
    expectTypeOf(list).returns.toEqualTypeOf<Map<string, CircuitBreakerPolicy>>();
    expectTypeOf<'breaker'>().not.toExtend<Parameters<PolicyRegistry['policies']>[0]>();
    expectTypeOf<{ overflow: 'shared' | undefined }>().toExtend<PolicyRegistryOptions>();
    expectTypeOf<{ overflow: 'dropped' }>().not.toExtend<PolicyRegistryOptions>();
  });

  it('takes sections without names', () => {
    expectTypeOf<{ maxRetries: number }>().toExtend<SectionOptions<RetryOptions>>();
    expectTypeOf<keyof SectionOptions<RetryOptions>>().toEqualTypeOf<
      Exclude<keyof RetryOptions, 'name'>
    >();
  });

  it('takes backoffs, budgets and thresholds as plain data', () => {
    expectTypeOf<{
      retry: { backoff: { minDelay: '10ms'; maxDelay: '1s' }; budget: { ratio: 0.1 } };
      circuitBreaker: {
        cooldown: { minDelay: 1; maxDelay: 2 };
        failureThreshold: ['1/2', { type: 'consecutive'; failures: 3 }];
      };
    }>().toExtend<PolicyRegistryOptions>();
    expectTypeOf<{ retry: { backoff: 5 } }>().not.toExtend<PolicyRegistryOptions>();
    expectTypeOf<{
      circuitBreaker: { failureThreshold: { type: 'total' } };
    }>().not.toExtend<PolicyRegistryOptions>();
  });

  it('takes a function that gives the options for a name', () => {
    expectTypeOf<{
      timeout: (name: string) => { timeout: string };
    }>().toExtend<PolicyRegistryOptions>();
  });

  it('asks for what a kind can not do without', () => {
    expectTypeOf<{ timeout: object }>().not.toExtend<PolicyRegistryOptions>();
    expectTypeOf<{ cache: { maxEntries: 5 } }>().not.toExtend<PolicyRegistryOptions>();
  });
});
