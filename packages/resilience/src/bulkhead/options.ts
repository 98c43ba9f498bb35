import type { Duration } from '../duration.ts';
import { toMs } from '../duration.ts';
import { toCount } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `BulkheadPolicy`. */
export interface BulkheadOptions extends PolicyOptions {
  /** How many calls may run at once. */
  readonly maxConcurrent: number;
  /** How many more may wait for a place; `Infinity` for no limit. Default: 0. */
  readonly maxQueued?: number;
  /** How long one may wait. Default: no limit. */
  readonly maxWait?: Duration;
}

/** Every option of a bulkhead. */
export const bulkheadOptions: readonly string[] = [
  'name',
  'clock',
  'maxConcurrent',
  'maxQueued',
  'maxWait',
];

/** The options of a bulkhead, checked and read. */
export interface BulkheadRules {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readBulkheadOptions(options: BulkheadOptions): BulkheadRules {
  const { maxConcurrent, maxQueued = 0, maxWait = Infinity } = options;
  return {
    maxConcurrent: toCount('maxConcurrent', maxConcurrent, 1, true),
    maxQueued: toCount('maxQueued', maxQueued, 0, true),
    maxWaitMs: toMs('maxWait', maxWait, true),
  };
}
