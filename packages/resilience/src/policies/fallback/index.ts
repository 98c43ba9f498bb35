export { FallbackPolicy } from './policy.ts';
export type { FallbackOptions } from './policy.ts';
