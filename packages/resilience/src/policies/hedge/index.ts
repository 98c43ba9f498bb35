export { HedgeLostError } from './errors.ts';
export { HedgePolicy } from './policy.ts';
export { latencyQuantile } from './latency-quantile.ts';
export type { LatencyQuantileOptions } from './latency-quantile.ts';
export type { HedgeDelay, HedgeOptions, LearningDelay } from './options.ts';
