export { AdaptiveThrottlerPolicy } from './adaptive-throttler.ts';
export { ThrottledError } from './errors.ts';
export type { AdaptiveThrottlerOptions } from './options.ts';
