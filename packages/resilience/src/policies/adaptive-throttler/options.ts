import { duration } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import {
  randomOption,
  needAttempt,
  number,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../../support/options.ts';
import type { Judge, ReadPolicyOptions } from '../../support/options.ts';
import type {
  ErrorPredicate,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from '../../policy.ts';
import type { Random } from '../../seams/random.ts';
import type { ThrottleRules } from './machine.ts';

/** Options of an `AdaptiveThrottlerPolicy`. */
export interface AdaptiveThrottlerOptions extends PolicyOptions {
  /** How far back outcomes count. Default: 10 s. */
  readonly window?: Duration | undefined;
  /** The share of calls that may fail before any is rejected, from 0 to below 1. Default: 0.5. */
  readonly failureTolerance?: number | undefined;
  /**
   * The largest share of calls to reject, from 0 to 1. The other calls show when the dependency recovers.
   * Default: 0.9.
   */
  readonly maxRejectionRate?: number | undefined;
  /** Which errors are failures; others are successes. Default: every error. */
  readonly handle?: ErrorPredicate | undefined;
  /** Which results are failures. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** The random source. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The default values. */
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

/** The validated options of an adaptive throttler. */
export interface AdaptiveThrottlerRules extends ThrottleRules, ReadPolicyOptions {
  readonly handle: Judge | undefined;
  readonly handleResult: Judge | undefined;
  /** Whether a predicate needs to know the attempt. */
  readonly asksAttempt: boolean;
  readonly random: Random;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readAdaptiveThrottlerOptions(
  options: AdaptiveThrottlerOptions,
): AdaptiveThrottlerRules {
  const read = readOptions('AdaptiveThrottlerPolicy', options, readers);
  const { window, failureTolerance } = read;
  if (window === 0) invalid('window', window, 'a duration above 0');
  if (failureTolerance === 1) {
    invalid('failureTolerance', failureTolerance, 'a number from 0 to below 1');
  }
  return { ...read, asksAttempt: needAttempt(read.handle, read.handleResult) };
}

/** The settings as plain data. */
export function adaptiveThrottlerSettings({
  name,
  window,
  failureTolerance,
  maxRejectionRate,
}: AdaptiveThrottlerRules): PolicySettings {
  return { type: 'adaptiveThrottler', name, window, failureTolerance, maxRejectionRate };
}
