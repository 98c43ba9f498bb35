import type { Duration } from '../duration.ts';
import { toMs } from '../duration.ts';
import type { CallContext } from '../internal/call.ts';
import type { PolicyOptions } from '../policy.ts';

/** Options of a `TimeoutPolicy`. */
export interface TimeoutOptions extends PolicyOptions {
  /** How long an attempt may take; a function is asked for each. `Infinity` for no limit. */
  readonly timeout: Duration | ((context: CallContext) => Duration);
}

/** Every option of a timeout. */
export const timeoutOptions: readonly string[] = ['name', 'clock', 'timeout'];

/** The time in ms that an attempt may take. */
export type TimeoutRule = number | ((context: CallContext) => number);

/** Reads the option; throws, naming it, where it is bad. A function's results are checked later. */
export function readTimeout({ timeout }: TimeoutOptions): TimeoutRule {
  return typeof timeout === 'function'
    ? (context) => toMs('timeout', timeout(context), true)
    : toMs('timeout', timeout, true);
}
