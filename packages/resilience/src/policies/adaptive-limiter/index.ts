export { AdaptiveLimiterPolicy } from './policy.ts';
export { ConcurrencyLimitError } from './errors.ts';
export type { AdaptiveLimiterOptions, Priority } from './options.ts';
