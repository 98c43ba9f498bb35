import type { Duration } from '../duration.ts';
import { duration } from '../duration.ts';
import { count, policyOptions, readOptions } from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `BulkheadPolicy`. */
export interface BulkheadOptions extends PolicyOptions {
  /** How many calls may run at once. */
  readonly maxConcurrent: number;
  /** How many more may wait for a place; `Infinity` for no limit. Default: 0. */
  readonly maxQueued?: number | undefined;
  /** How long one may wait. Default: no limit. */
  readonly maxWait?: Duration | undefined;
}

const readers = {
  ...policyOptions,
  maxConcurrent: count(1, undefined, true),
  maxQueued: count(0, 0, true),
  maxWait: duration(Infinity, true),
};

/** The options of a bulkhead, checked and read. */
export interface BulkheadRules extends ReadPolicyOptions {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  /** In ms. */
  readonly maxWait: number;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readBulkheadOptions(options: BulkheadOptions): BulkheadRules {
  return readOptions('BulkheadPolicy', options, readers);
}
