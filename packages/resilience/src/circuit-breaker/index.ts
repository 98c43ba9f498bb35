export { CircuitBreakerPolicy } from './circuit-breaker.ts';
export type { CircuitHistory } from './circuit-breaker.ts';
export { CircuitOpenError } from './errors.ts';
export { CircuitState } from './machine.ts';
export type { TransitionCause } from './machine.ts';
export type { CircuitBreakerOptions } from './options.ts';
export type { CircuitSnapshot } from './snapshot.ts';
export { consecutive, rate, slow } from './thresholds.ts';
export type { RateOptions, RateThreshold, Threshold, ThresholdLike } from './thresholds.ts';
