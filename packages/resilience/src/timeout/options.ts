import type { Duration } from '../duration.ts';
import { longDuration, toMs } from '../duration.ts';
import type { CallContext } from '../internal/call.ts';
import { isCallback, policyOptions, readOptions } from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `TimeoutPolicy`. */
export interface TimeoutOptions extends PolicyOptions {
  /** How long an attempt may take; a function is asked for each. `Infinity` for no limit. */
  readonly timeout: Duration | ((context: CallContext) => Duration);
}

/** The time in ms that an attempt may take. */
export type TimeoutRule = number | ((context: CallContext) => number);

const readers = {
  ...policyOptions,
  // What a function gives is checked when it gives it.
  timeout: (option: string, value: unknown): TimeoutRule =>
    isCallback(value)
      ? (context) => toMs(option, (value as (context: CallContext) => Duration)(context), true)
      : longDuration('TimeoutPolicy', undefined, true)(option, value),
};

/** The options of a timeout, checked and read. */
export interface TimeoutRules extends ReadPolicyOptions {
  readonly timeout: TimeoutRule;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readTimeoutOptions(options: TimeoutOptions): TimeoutRules {
  return readOptions('TimeoutPolicy', options, readers);
}
