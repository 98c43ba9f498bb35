export { AdaptiveLimiterPolicy } from './adaptive-limiter.ts';
export { ConcurrencyLimitError } from './errors.ts';
export type { AdaptiveLimiterOptions, Priority } from './options.ts';
