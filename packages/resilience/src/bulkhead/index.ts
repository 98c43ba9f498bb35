export { BulkheadPolicy } from './bulkhead.ts';
export { BulkheadFullError } from './errors.ts';
export type { BulkheadOptions } from './options.ts';
