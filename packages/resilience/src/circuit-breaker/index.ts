export { CircuitBreakerPolicy } from './circuit-breaker.ts';
export type { CircuitHistory } from './circuit-breaker.ts';
export { CircuitOpenError } from './errors.ts';
export { CircuitState } from './machine.ts';
export type { TransitionCause } from './machine.ts';
export type { CircuitBreakerOptions } from './options.ts';
export type { CircuitSnapshot } from './snapshot.ts';
export { rate, slow } from './rate.ts';
export type { RateOptions, SlowOptions } from './rate.ts';
export { consecutive } from './thresholds.ts';
export type { Threshold, ThresholdLike } from './thresholds.ts';
export type {
  CircuitTotals,
  CloseOptions,
  OpenOptions,
  TestPlace,
  TestSupervisor,
} from './supervision.ts';
export type { TrialRules } from './trials.ts';
