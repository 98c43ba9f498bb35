import type { Duration } from '../../values/duration.ts';
import { longDuration, toMs } from '../../values/duration.ts';
import type { CallContext } from '../../pipeline/call.ts';
import { isCallback, policyOptions, readOptions } from '../../support/options.ts';
import type { ReadPolicyOptions } from '../../support/options.ts';
import type { PolicyOptions, PolicySettings } from '../../policy.ts';

/** Options of a `TimeoutPolicy`. */
export interface TimeoutOptions extends PolicyOptions {
  /** How long an attempt may take. A function is called for each attempt. `Infinity` for no limit. */
  readonly timeout: Duration | ((context: CallContext) => Duration);
}

/** How long an attempt may take, in ms. */
export type TimeoutRule = number | ((context: CallContext) => number);

const readers = {
  ...policyOptions,
  // The result of a function is checked at each call.
  timeout: (option: string, value: unknown): TimeoutRule =>
    isCallback(value)
      ? (context) => toMs(option, (value as (context: CallContext) => Duration)(context), true)
      : longDuration('TimeoutPolicy', undefined, true)(option, value),
};

/** The validated options of a timeout. */
export interface TimeoutRules extends ReadPolicyOptions {
  readonly timeout: TimeoutRule;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readTimeoutOptions(options: TimeoutOptions): TimeoutRules {
  return readOptions('TimeoutPolicy', options, readers);
}

/** The settings as plain data, without a timeout that is a function. */
export function timeoutSettings(name: string | undefined, timeout: TimeoutRule): PolicySettings {
  return { type: 'timeout', name, timeout: typeof timeout === 'number' ? timeout : undefined };
}
