export { AdaptiveLimiterPolicy, ConcurrencyLimitError } from './policies/adaptive-limiter/index.ts';
export type { AdaptiveLimiterOptions, Priority } from './policies/adaptive-limiter/index.ts';
export { AdaptiveThrottlerPolicy, ThrottledError } from './policies/adaptive-throttler/index.ts';
export type { AdaptiveThrottlerOptions } from './policies/adaptive-throttler/index.ts';
export { BulkheadFullError, BulkheadPolicy } from './policies/bulkhead/index.ts';
export type { BulkheadOptions } from './policies/bulkhead/index.ts';
export { Backoff } from './values/backoff.ts';
export type { BackoffOptions, Jitter } from './values/backoff.ts';
export {
  CircuitBreakerPolicy,
  CircuitOpenError,
  consecutive,
  rate,
  slow,
} from './policies/circuit-breaker/index.ts';
export type {
  BreakerOptions,
  CircuitBreakerOptions,
  CircuitHistory,
  CircuitSnapshot,
  CloseOptions,
  OpenOptions,
  RateOptions,
  SlowOptions,
  Threshold,
  ThresholdLike,
} from './policies/circuit-breaker/index.ts';
export { CircuitState } from './values/circuit-state.ts';
export type { TransitionCause } from './values/circuit-state.ts';
export { CachePolicy } from './policies/cache/index.ts';
export type { CacheOptions } from './policies/cache/index.ts';
export { systemClock, wallNow } from './seams/clock.ts';
export type { Clock } from './seams/clock.ts';
export { toMs } from './values/duration.ts';
export type { Duration, DurationParts } from './values/duration.ts';
export {
  isRejection,
  isResilienceError,
  isTimeout,
  RejectedError,
  ResilienceError,
  TimeoutExceededError,
} from './errors.ts';
export type { ResilienceErrorOptions } from './errors.ts';
export { observe, policies } from './observe.ts';
export type { ObserveOptions } from './observe.ts';
export type { EventDetails, EventType, OutcomeEvent } from './events.ts';
export { FallbackPolicy } from './policies/fallback/index.ts';
export type { FallbackOptions } from './policies/fallback/index.ts';
export { Failsafe } from './compose/failsafe/index.ts';
export type { AddedBy, FailsafeOptions } from './compose/failsafe/index.ts';
export { Fraction } from './values/fraction.ts';
export type { FractionLike } from './values/fraction.ts';
export { HedgeLostError, HedgePolicy, latencyQuantile } from './policies/hedge/index.ts';
export type {
  HedgeDelay,
  HedgeOptions,
  LatencyQuantileOptions,
  LearningDelay,
} from './policies/hedge/index.ts';
export type { CallContext, PredicateContext } from './pipeline/call.ts';
export { linkSignals } from './pipeline/link-signals.ts';
export type { Outcomes, OutcomeWindow, StoredWindow, Tracker } from './support/outcomes.ts';
export type { Permit } from './pipeline/permit.ts';
export type { OnWarning, WarningCode, WarningDetails } from './support/warn.ts';
export type { Time } from './support/time-window.ts';
export { Policy } from './policy.ts';
export type {
  AsyncFunction,
  Callable,
  ErrorPredicate,
  EventBase,
  ExecuteOptions,
  Outcome,
  PolicyEvent,
  PolicyEventListener,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from './policy.ts';
export { systemRandom } from './seams/random.ts';
export type { Random } from './seams/random.ts';
export { RateLimiterPolicy, RateLimitExceededError } from './policies/rate-limiter/index.ts';
export type { RateLimiterOptions } from './policies/rate-limiter/index.ts';
export { PolicyRegistry } from './compose/registry/index.ts';
export type {
  PlainForms,
  PlainOption,
  PoliciesByKind,
  PolicyKind,
  PolicyOptionsByKind,
  PolicyRegistryOptions,
  RegistrySection,
  RegistrySections,
  SectionOptions,
  ThresholdData,
} from './compose/registry/index.ts';
export { RetriesExceededError, RetryPolicy } from './policies/retry/index.ts';
export type {
  EndedAttempt,
  RetryDecision,
  RetryInfo,
  RetryOptions,
} from './policies/retry/index.ts';
export { RetryBudget } from './values/retry-budget.ts';
export type { RetryBudgetOptions } from './values/retry-budget.ts';
export { TimeoutPolicy } from './policies/timeout/index.ts';
export type { TimeoutOptions } from './policies/timeout/index.ts';
