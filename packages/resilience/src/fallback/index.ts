export { FallbackPolicy } from './fallback.ts';
export type { FallbackOptions } from './fallback.ts';
