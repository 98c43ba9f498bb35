export type { TimeoutOptions } from './options.ts';
export { TimeoutPolicy } from './policy.ts';
