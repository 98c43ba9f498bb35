import {
  Backoff,
  CircuitBreakerPolicy,
  CircuitState,
  Failsafe,
  RetryPolicy,
  isRejection,
  type BackoffOptions,
  type CircuitBreakerOptions,
  type CircuitOpenError,
  type CircuitSnapshot,
  type Duration,
  type ErrorPredicate,
  type FailsafeOptions,
  type Fraction,
  type FractionLike,
  type Policy,
  type PredicateContext,
  type RejectedError,
  type ResilienceError,
  type RetryInfo,
  type RetryOptions,
} from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

describe('the options of a breaker', () => {
  it('are all optional', () => {
    expectTypeOf<object>().toExtend<CircuitBreakerOptions>();
    expectTypeOf(CircuitBreakerPolicy).toBeConstructibleWith();
  });

  it('take fractions as objects and as strings', () => {
    expectTypeOf<'2/5'>().toExtend<FractionLike>();
    expectTypeOf<Fraction>().toExtend<FractionLike>();
    expectTypeOf<0.5>().not.toExtend<FractionLike>();
    expectTypeOf<'half'>().not.toExtend<FractionLike>();
    expectTypeOf<FractionLike>().toExtend<NonNullable<CircuitBreakerOptions['failureThreshold']>>();
    expectTypeOf<CircuitBreakerOptions['successThreshold']>().toEqualTypeOf<
      FractionLike | undefined
    >();
  });

  it('take durations in every form', () => {
    expectTypeOf<5>().toExtend<Duration>();
    expectTypeOf<'1m30s'>().toExtend<Duration>();
    expectTypeOf<{ hours: number; minutes: number }>().toExtend<Duration>();
    expectTypeOf<Date>().not.toExtend<Duration>();
    expectTypeOf<Duration>().toExtend<NonNullable<CircuitBreakerOptions['cooldown']>>();
    expectTypeOf(CircuitBreakerPolicy).toBeConstructibleWith({ trialTimeout: { minutes: 1 } });
  });

  it('are errors if they are misspelled', () => {
    // @ts-expect-error -- it is spelt failureThreshold
    expectTypeOf(CircuitBreakerPolicy).toBeConstructibleWith({ failureTreshold: '2/5' });
    // @ts-expect-error -- there is no such unit of time
    expectTypeOf(CircuitBreakerPolicy).toBeConstructibleWith({ cooldown: { fortnights: 1 } });
  });

  it('tell their callbacks what they get', () => {
    type OnStateChange = NonNullable<CircuitBreakerOptions['onStateChange']>;
    expectTypeOf<OnStateChange>().parameters.toEqualTypeOf<
      [policy: CircuitBreakerPolicy, oldState: CircuitState, newState: CircuitState]
    >();
    type Handle = NonNullable<CircuitBreakerOptions['handle']>;
    expectTypeOf<Handle>().toEqualTypeOf<ErrorPredicate>();
    expectTypeOf<ErrorPredicate>().parameters.toEqualTypeOf<
      [error: unknown, context: PredicateContext]
    >();
    expectTypeOf<PredicateContext>().toEqualTypeOf<{
      readonly attempt: number;
      readonly data: unknown;
    }>();
    expectTypeOf((error: unknown) => error instanceof TypeError).toExtend<Handle>();
    expectTypeOf<(error: unknown) => boolean>().toExtend<Handle>();
  });
});

describe('a breaker', () => {
  it('has a state, a history and a snapshot that another one takes', () => {
    const breaker = new CircuitBreakerPolicy();
    expectTypeOf(breaker.state).toEqualTypeOf<CircuitState>();
    expectTypeOf<'CLOSED' | 'OPEN' | 'HALF_OPEN' | 'ISOLATED'>().toExtend<CircuitState>();
    expectTypeOf(CircuitState.HALF_OPEN).toEqualTypeOf<'HALF_OPEN'>();
    expectTypeOf([...breaker.history]).toEqualTypeOf<boolean[]>();
    expectTypeOf(breaker.retryAfter).toEqualTypeOf<number>();
    expectTypeOf(breaker.isolate()).toEqualTypeOf<Disposable>();
    expectTypeOf(breaker.toJSON()).toEqualTypeOf<CircuitSnapshot>();
    expectTypeOf<CircuitBreakerOptions['initialState']>().toEqualTypeOf<
      CircuitSnapshot | undefined
    >();
  });
});

describe('the options of a retry', () => {
  it('take a Backoff and nothing that only looks like a delay', () => {
    expectTypeOf<RetryOptions['backoff']>().toEqualTypeOf<Backoff | undefined>();
    expectTypeOf(Backoff.none).toEqualTypeOf<Backoff>();
    expectTypeOf(Backoff.fixed('1s')).toEqualTypeOf<Backoff>();
    expectTypeOf<{ backoff: 100 }>().not.toExtend<RetryOptions>();
    expectTypeOf<{ minDelay: 1 }>().not.toExtend<BackoffOptions>();
    expectTypeOf(Backoff).toBeConstructibleWith({ minDelay: '1s', maxDelay: 10_000, jitter: 0.1 });
  });

  it('tell onRetry what happened', () => {
    type OnRetry = NonNullable<RetryOptions['onRetry']>;
    expectTypeOf<OnRetry>().parameters.toEqualTypeOf<[info: RetryInfo]>();
    expectTypeOf<RetryInfo>().toExtend<{ attempt: number; delay: number }>();
    expectTypeOf(RetryPolicy).toBeConstructibleWith();
  });
});

describe('a Failsafe', () => {
  it('takes policies, and lists them with their types', () => {
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), new CircuitBreakerPolicy()] });
    expectTypeOf(failsafe.policies[0]).toEqualTypeOf<RetryPolicy>();
    expectTypeOf(failsafe.policies[1]).toEqualTypeOf<CircuitBreakerPolicy>();
    expectTypeOf(failsafe).toExtend<Policy>();
    expectTypeOf<object>().not.toExtend<FailsafeOptions<[]>>();
    expectTypeOf<() => void>().not.toExtend<Policy>();
  });
});

describe('errors', () => {
  it('are narrowed by isRejection, and know their base', () => {
    expectTypeOf(isRejection).guards.toEqualTypeOf<RejectedError>();
    expectTypeOf<CircuitOpenError>().toExtend<RejectedError>();
    expectTypeOf<RejectedError>().toExtend<ResilienceError>();
    expectTypeOf<CircuitOpenError['retryAfter']>().toEqualTypeOf<number>();
    expectTypeOf<ResilienceError['policyName']>().toEqualTypeOf<string | undefined>();
  });
});
