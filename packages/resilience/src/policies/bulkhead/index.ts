export { BulkheadPolicy } from './policy.ts';
export { BulkheadFullError } from './errors.ts';
export type { BulkheadOptions } from './options.ts';
