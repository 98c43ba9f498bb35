export { CachePolicy } from './policy.ts';
export type { CacheOptions } from './options.ts';
