export { CachePolicy } from './cache.ts';
export type { CacheOptions } from './options.ts';
