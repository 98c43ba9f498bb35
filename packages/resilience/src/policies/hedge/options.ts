import { toMs } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import type { CallContext } from '../../pipeline/call.ts';
import { look } from '../../support/foreign.ts';
import {
  count,
  objectWith,
  isCallback,
  policyOptions,
  predicate,
  readOptions,
} from '../../support/options.ts';
import type { Judge, ReadPolicyOptions } from '../../support/options.ts';
import type {
  ErrorPredicate,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from '../../policy.ts';
import type { RetryBudget } from '../../values/retry-budget.ts';

/**
 * How long to wait for an attempt before another starts in parallel; with 0, it starts immediately. A
 * function is called with the context of each attempt, just before the attempt starts.
 */
export type HedgeDelay = Duration | ((context: CallContext) => Duration);

/** A delay that adapts to the latency of first attempts. `latencyQuantile` creates one. */
export interface LearningDelay {
  (context: CallContext): Duration;
  /**
   * Called when a call gets an answer or its first attempt times out. `latencyMs` is how long the first
   * attempt has taken so far. If a hedge overtook the attempt or it timed out, `atLeast` is true: the
   * attempt would have taken longer.
   */
  readonly observe: (latencyMs: number, atLeast?: boolean) => void;
}

/** Options of a `HedgePolicy`. */
export interface HedgeOptions extends PolicyOptions {
  /** How long to wait for an attempt before another starts in parallel. */
  readonly delay: HedgeDelay | LearningDelay;
  /** How many additional attempts a call may have. Default: 1. */
  readonly maxHedges?: number | undefined;
  /**
   * Which errors start the next attempt at once; any other error ends the call. Default: every error. It is
   * not called for rejections by an inner policy: these start no attempt, and end the call only if no other
   * attempt is running.
   */
  readonly handle?: ErrorPredicate | undefined;
  /** Which results count as failures that start the next attempt. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** Limits hedges to a share of the calls. Can be shared with retries. Default: no budget. */
  readonly budget?: RetryBudget | undefined;
}

/** The default values. */
export const hedgeDefaults = { maxHedges: 1 } as const;

const readers = {
  ...policyOptions,
  delay: (option: string, value: unknown): HedgeRules['delay'] =>
    isCallback(value) ? (value as HedgeRules['delay']) : toMs(option, value),
  maxHedges: count(0, hedgeDefaults.maxHedges),
  handle: predicate(),
  handleResult: predicate(),
  budget: objectWith<RetryBudget>('a RetryBudget', 'noteCall', 'tryTake'),
};

/** The validated options of a hedge. */
export interface HedgeRules extends ReadPolicyOptions {
  /** In ms, or a function that is called for each attempt. */
  readonly delay: number | ((context: CallContext) => Duration);
  readonly maxHedges: number;
  readonly handle: Judge | undefined;
  readonly handleResult: Judge | undefined;
  readonly budget: RetryBudget | undefined;
  /** Receives latencies, if the delay adapts to them. */
  readonly observe: ((latencyMs: number, atLeast?: boolean) => void) | undefined;
}

/** Reads and checks the options. Throws for the first invalid or unknown one, naming it. */
export function readHedgeOptions(options: HedgeOptions): HedgeRules {
  const read = readOptions('HedgePolicy', options, readers);
  const observe = look(read.delay, 'observe') as LearningDelay['observe'] | undefined;
  return { ...read, observe: typeof observe === 'function' ? observe : undefined };
}

/** The settings as plain data, without a delay that is a function. */
export function hedgeSettings({ name, delay, maxHedges, budget }: HedgeRules): PolicySettings {
  return {
    type: 'hedge',
    name,
    delay: typeof delay === 'number' ? delay : undefined,
    maxHedges,
    budget: budget?.toJSON(),
  };
}
