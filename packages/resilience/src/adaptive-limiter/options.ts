import type { CallContext } from '../internal/call.ts';
import {
  callback,
  count,
  number,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';
import type { LimitRules } from './machine.ts';

/** How much a call matters: the last of these is shed first. */
export type Priority = 'critical' | 'high' | 'normal' | 'low';

/** Every priority, by how many there are above it. */
export const priorities: readonly Priority[] = ['critical', 'high', 'normal', 'low'];

/** Options of an `AdaptiveLimiterPolicy`. */
export interface AdaptiveLimiterOptions extends PolicyOptions {
  /** The limit never falls below this, in calls. Default: 1. */
  readonly minLimit?: number | undefined;
  /** The limit never rises above this, in calls. Default: 200. */
  readonly maxLimit?: number | undefined;
  /** The limit to begin with, in calls. Default: 20, or the bound that is nearest to it. */
  readonly initialLimit?: number | undefined;
  /**
   * How many times its latency without a queue the dependency may take before the limit falls, from
   * 1 to 100. A little more where the limit is small. Default: 1.5.
   */
  readonly latencyTolerance?: number | undefined;
  /**
   * How much a call matters. Each priority leaves a few places free for those above it, so that what
   * matters least is refused first. Default: all calls matter alike.
   */
  readonly priority?: ((context: CallContext) => Priority) | undefined;
  /**
   * Which errors are failures. What a failure took says nothing about the latency, unless it is a
   * timeout; others are answers, and do. Default: every error.
   */
  readonly handle?: ((error: unknown) => boolean) | undefined;
}

/** The defaults, in one place. */
export const adaptiveLimiterDefaults = {
  minLimit: 1,
  maxLimit: 200,
  initialLimit: 20,
  latencyTolerance: 1.5,
} as const;

const defaults = adaptiveLimiterDefaults;

const readers = {
  ...policyOptions,
  minLimit: count(1, defaults.minLimit),
  maxLimit: count(1, defaults.maxLimit),
  initialLimit: (option: string, value: unknown): number | undefined =>
    value === undefined ? undefined : count(1)(option, value),
  latencyTolerance: number(1, 100, defaults.latencyTolerance),
  priority: callback<(context: CallContext) => Priority>(),
  handle: predicate(),
};

/** The options of an adaptive limiter, checked and read. */
export interface AdaptiveLimiterRules extends LimitRules, ReadPolicyOptions {
  readonly priority: AdaptiveLimiterOptions['priority'];
  readonly handle: AdaptiveLimiterOptions['handle'];
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readAdaptiveLimiterOptions(options: AdaptiveLimiterOptions): AdaptiveLimiterRules {
  const read = readOptions('AdaptiveLimiterPolicy', options, readers);
  const { minLimit } = read;
  // A `minLimit` above the default `maxLimit` asks for no less; one above a given it is a mistake.
  const maxLimit =
    options.maxLimit === undefined ? Math.max(minLimit, read.maxLimit) : read.maxLimit;
  const range = `an integer from minLimit (${String(minLimit)}) to maxLimit (${String(maxLimit)})`;
  if (maxLimit < minLimit) {
    invalid('maxLimit', maxLimit, `an integer of at least minLimit, ${String(minLimit)}`);
  }
  const initialLimit =
    read.initialLimit ?? Math.min(maxLimit, Math.max(minLimit, defaults.initialLimit));
  if (initialLimit < minLimit || initialLimit > maxLimit) {
    invalid('initialLimit', initialLimit, range);
  }
  return { ...read, maxLimit, initialLimit };
}
