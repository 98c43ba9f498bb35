export { RateLimitExceededError } from './errors.ts';
export type { RateLimiterOptions } from './options.ts';
export { RateLimiterPolicy } from './policy.ts';
