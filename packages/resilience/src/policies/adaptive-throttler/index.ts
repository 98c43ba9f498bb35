export { AdaptiveThrottlerPolicy } from './policy.ts';
export { ThrottledError } from './errors.ts';
export type { AdaptiveThrottlerOptions } from './options.ts';
