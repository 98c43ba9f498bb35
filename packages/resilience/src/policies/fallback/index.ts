export type { FallbackOptions } from './options.ts';
export { FallbackPolicy } from './policy.ts';
