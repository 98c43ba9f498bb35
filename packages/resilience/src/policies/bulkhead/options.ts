import type { Duration } from '../../values/duration.ts';
import { duration } from '../../values/duration.ts';
import { count, policyOptions, readOptions } from '../../support/options.ts';
import type { ReadPolicyOptions } from '../../support/options.ts';
import type { PolicyOptions, PolicySettings } from '../../policy.ts';

/** Options of a `BulkheadPolicy`. */
export interface BulkheadOptions extends PolicyOptions {
  /** How many calls may run at the same time. */
  readonly maxConcurrent: number;
  /** How many more calls may wait for a slot; `Infinity` for no limit. Default: 0. */
  readonly maxQueued?: number | undefined;
  /** How long a call may wait for a slot. Default: no limit. */
  readonly maxWait?: Duration | undefined;
}

const readers = {
  ...policyOptions,
  maxConcurrent: count(1, undefined, true),
  maxQueued: count(0, 0, true),
  maxWait: duration(Infinity, true),
};

/** The validated options of a bulkhead. */
export interface BulkheadRules extends ReadPolicyOptions {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  /** In ms. */
  readonly maxWait: number;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readBulkheadOptions(options: BulkheadOptions): BulkheadRules {
  return readOptions('BulkheadPolicy', options, readers);
}

/** The settings as plain data. */
export function bulkheadSettings({
  name,
  maxConcurrent,
  maxQueued,
  maxWait,
}: BulkheadRules): PolicySettings {
  return { type: 'bulkhead', name, maxConcurrent, maxQueued, maxWait };
}
