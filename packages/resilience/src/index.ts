export { AdaptiveLimiterPolicy, ConcurrencyLimitError } from './adaptive-limiter/index.ts';
export type { AdaptiveLimiterOptions, Priority } from './adaptive-limiter/index.ts';
export { AdaptiveThrottlerPolicy, ThrottledError } from './adaptive-throttler/index.ts';
export type { AdaptiveThrottlerOptions } from './adaptive-throttler/index.ts';
export { BulkheadFullError, BulkheadPolicy } from './bulkhead/index.ts';
export type { BulkheadOptions } from './bulkhead/index.ts';
export { Backoff } from './backoff.ts';
export type { BackoffOptions, Jitter } from './backoff.ts';
export {
  CircuitBreakerPolicy,
  CircuitOpenError,
  consecutive,
  rate,
  slow,
} from './circuit-breaker/index.ts';
export type {
  CircuitBreakerOptions,
  CircuitHistory,
  CircuitSnapshot,
  CloseOptions,
  OpenOptions,
  RateOptions,
  SlowOptions,
  Threshold,
  ThresholdLike,
} from './circuit-breaker/index.ts';
export { CircuitState } from './circuit-state.ts';
export type { TransitionCause } from './circuit-state.ts';
export { CachePolicy } from './cache/index.ts';
export type { CacheOptions } from './cache/index.ts';
export { systemClock, wallNow } from './clock.ts';
export type { Clock } from './clock.ts';
export { toMs } from './duration.ts';
export type { Duration, DurationParts } from './duration.ts';
export {
  isRejection,
  isResilienceError,
  isTimeout,
  RejectedError,
  ResilienceError,
  TimeoutExceededError,
} from './errors.ts';
export type { ResilienceErrorOptions } from './errors.ts';
export { observe, policies } from './events.ts';
export type {
  EventBase,
  EventDetails,
  EventType,
  ObserveOptions,
  OutcomeEvent,
  PolicyEvent,
  PolicyEventListener,
} from './events.ts';
export { FallbackPolicy } from './fallback/index.ts';
export type { FallbackOptions } from './fallback/index.ts';
export { Failsafe } from './failsafe/index.ts';
export type { AddedBy, FailsafeOptions } from './failsafe/index.ts';
export { Fraction } from './fraction.ts';
export type { FractionLike } from './fraction.ts';
export { HedgeLostError, HedgePolicy, latencyQuantile } from './hedge/index.ts';
export type {
  HedgeDelay,
  HedgeOptions,
  LatencyQuantileOptions,
  LearningDelay,
} from './hedge/index.ts';
export type { CallContext } from './internal/call.ts';
export type { Outcomes, OutcomeWindow, StoredWindow, Tracker } from './internal/outcomes.ts';
export type { Permit } from './internal/permit.ts';
export type { OnWarning, WarningCode, WarningDetails } from './internal/warn.ts';
export type { Time } from './internal/time-window.ts';
export { Policy } from './policy.ts';
export type {
  AsyncFunction,
  Callable,
  ExecuteOptions,
  Outcome,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from './policy.ts';
export { systemRandom } from './random.ts';
export type { Random } from './random.ts';
export { RateLimiterPolicy, RateLimitExceededError } from './rate-limiter/index.ts';
export type { RateLimiterOptions } from './rate-limiter/index.ts';
export { PolicyRegistry } from './registry/index.ts';
export type {
  PlainForms,
  PlainOption,
  PolicyKind,
  PolicyOptionsByKind,
  PolicyRegistryOptions,
  RegistrySection,
  RegistrySections,
  SectionOptions,
  ThresholdData,
} from './registry/index.ts';
export { RetriesExceededError, RetryPolicy } from './retry/index.ts';
export type { EndedAttempt, RetryDecision, RetryInfo, RetryOptions } from './retry/index.ts';
export { RetryBudget } from './retry-budget.ts';
export type { RetryBudgetOptions } from './retry-budget.ts';
export { TimeoutPolicy } from './timeout/index.ts';
export type { TimeoutOptions } from './timeout/index.ts';
