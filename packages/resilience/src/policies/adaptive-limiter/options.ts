import type { CallContext } from '../../pipeline/call.ts';
import {
  callback,
  count,
  needAttempt,
  number,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../../support/options.ts';
import type { Judge, ReadPolicyOptions } from '../../support/options.ts';
import type { ErrorPredicate, PolicyOptions, PolicySettings } from '../../policy.ts';
import type { LimitRules } from './machine.ts';

/** How important a call is: `'low'` is rejected first. */
export type Priority = 'critical' | 'high' | 'normal' | 'low';

/** Every priority, by how many there are above it. */
export const priorities: readonly Priority[] = ['critical', 'high', 'normal', 'low'];

/** Options of an `AdaptiveLimiterPolicy`. */
export interface AdaptiveLimiterOptions extends PolicyOptions {
  /** The limit never falls below this, in calls. Default: 1. */
  readonly minLimit?: number | undefined;
  /** The limit never rises above this, in calls. Default: 200. */
  readonly maxLimit?: number | undefined;
  /** The limit to begin with, in calls. Default: 20, or the nearest bound. */
  readonly initialLimit?: number | undefined;
  /**
   * The limit falls when the latency exceeds this multiple of the latency without a queue. From 1 to 100; small
   * limits tolerate a little more. Default: 1.5.
   */
  readonly latencyTolerance?: number | undefined;
  /**
   * The priority of a call. Each priority leaves a few slots free for those above it, so the lowest priority is
   * rejected first. Default: all calls have the same priority.
   */
  readonly priority?: ((context: CallContext) => Priority) | undefined;
  /**
   * Which errors are failures. The duration of a failure does not count as latency; that of any other error
   * does, because the dependency answered. Default: every error.
   */
  readonly handle?: ErrorPredicate | undefined;
}

/** The default values. */
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

/** The validated options of an adaptive limiter. */
export interface AdaptiveLimiterRules extends LimitRules, ReadPolicyOptions {
  readonly priority: AdaptiveLimiterOptions['priority'];
  readonly handle: Judge | undefined;
  /** Whether `handle` needs to know the attempt. */
  readonly asksAttempt: boolean;
  /** Whether each call needs a ticket of its own: for its priority, or for `handle`. */
  readonly needsTickets: boolean;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readAdaptiveLimiterOptions(options: AdaptiveLimiterOptions): AdaptiveLimiterRules {
  const read = readOptions('AdaptiveLimiterPolicy', options, readers);
  const { minLimit } = read;
  // A `minLimit` above the default `maxLimit` raises that; above a given `maxLimit` it is a mistake.
  const maxLimit =
    options.maxLimit === undefined ? Math.max(minLimit, read.maxLimit) : read.maxLimit;
  const range = `an integer from minLimit (${String(minLimit)}) to maxLimit (${String(maxLimit)})`;
  if (maxLimit < minLimit) {
    invalid('maxLimit', maxLimit, `an integer of at least minLimit (${String(minLimit)})`);
  }
  const initialLimit =
    read.initialLimit ?? Math.min(maxLimit, Math.max(minLimit, defaults.initialLimit));
  if (initialLimit < minLimit || initialLimit > maxLimit) {
    invalid('initialLimit', initialLimit, range);
  }
  const asksAttempt = needAttempt(read.handle);
  const needsTickets = asksAttempt || read.priority !== undefined;
  return { ...read, maxLimit, initialLimit, asksAttempt, needsTickets };
}

/** How many priorities there are above one. Throws for what is not a priority. */
export function rankOf(option: string, given: unknown): number {
  const rank = priorities.indexOf(given as Priority);
  return rank === -1 ? invalid(option, given, `one of ${priorities.join(', ')}`) : rank;
}

const acquireReaders = {
  priority: (option: string, value: unknown): number | undefined =>
    value === undefined ? undefined : rankOf(option, value),
};

/** Reads the options of `tryAcquire`: returns the rank of the priority, if it is given. */
export function readAcquireOptions(options: object): number | undefined {
  return readOptions('tryAcquire', options, acquireReaders).priority;
}

/** The settings as plain data. */
export function adaptiveLimiterSettings({
  name,
  minLimit,
  maxLimit,
  initialLimit,
  latencyTolerance,
}: AdaptiveLimiterRules): PolicySettings {
  return { type: 'adaptiveLimiter', name, minLimit, maxLimit, initialLimit, latencyTolerance };
}
