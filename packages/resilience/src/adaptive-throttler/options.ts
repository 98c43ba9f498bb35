import { duration } from '../duration.ts';
import type { Duration } from '../duration.ts';
import {
  randomOption,
  number,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions, ResultPredicate } from '../policy.ts';
import type { Random } from '../random.ts';
import type { ThrottleRules } from './machine.ts';

/** Options of an `AdaptiveThrottlerPolicy`. */
export interface AdaptiveThrottlerOptions extends PolicyOptions {
  /** How far back outcomes count. Default: 10 s. */
  readonly window?: Duration | undefined;
  /** The share of calls that may fail before any is refused, from 0 to below 1. Default: 0.5. */
  readonly failureTolerance?: number | undefined;
  /**
   * The largest share of calls to refuse, from 0 to 1. The rest are what shows that the dependency is
   * back. Default: 0.9.
   */
  readonly maxRejectionRate?: number | undefined;
  /** Which errors are failures; others are successes. Default: every error. */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /** Which values are failures. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** Where chance comes from. Default: `Math.random`. */
  readonly random?: Random | undefined;
}

/** The defaults, in one place. */
export const adaptiveThrottlerDefaults = {
  window: 10_000,
  failureTolerance: 0.5,
  maxRejectionRate: 0.9,
} as const;

const defaults = adaptiveThrottlerDefaults;

const readers = {
  ...policyOptions,
  window: duration(defaults.window),
  failureTolerance: number(0, 1, defaults.failureTolerance),
  maxRejectionRate: number(0, 1, defaults.maxRejectionRate),
  handle: predicate(),
  handleResult: predicate(),
  random: randomOption,
};

/** The options of an adaptive throttler, checked and read. */
export interface AdaptiveThrottlerRules extends ThrottleRules, ReadPolicyOptions {
  readonly handle: AdaptiveThrottlerOptions['handle'];
  readonly handleResult: AdaptiveThrottlerOptions['handleResult'];
  readonly random: Random;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readAdaptiveThrottlerOptions(
  options: AdaptiveThrottlerOptions,
): AdaptiveThrottlerRules {
  const read = readOptions('AdaptiveThrottlerPolicy', options, readers);
  const { window, failureTolerance } = read;
  if (window === 0) invalid('window', window, 'a time above 0');
  if (failureTolerance === 1) {
    invalid('failureTolerance', failureTolerance, 'a number from 0 to below 1');
  }
  return read;
}
