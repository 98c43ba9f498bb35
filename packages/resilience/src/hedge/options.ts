import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import type { CallContext } from '../internal/call.ts';
import { look } from '../internal/foreign.ts';
import {
  count,
  objectWith,
  isCallback,
  policyOptions,
  predicate,
  readOptions,
} from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions, PolicySettings, ResultPredicate } from '../policy.ts';
import type { RetryBudget } from '../retry-budget.ts';

/**
 * How long to wait for an attempt before the next is started beside it. A function is asked at each
 * attempt, just before that begins, and given the context of it; 0 starts the next at once.
 */
export type HedgeDelay = Duration | ((context: CallContext) => Duration);

/** A delay that learns from how long first attempts take; `latencyQuantile` makes one. */
export interface LearningDelay {
  (context: CallContext): Duration;
  /**
   * A call was answered, or its first attempt timed out. `latencyMs` is how long its first attempt
   * took; where a hedge overtook it or it timed out, `atLeast` is true: it would have taken longer.
   */
  readonly observe: (latencyMs: number, atLeast?: boolean) => void;
}

/** Options of a `HedgePolicy`. */
export interface HedgeOptions extends PolicyOptions {
  /** How long an attempt may go without a result before another is started. */
  readonly delay: HedgeDelay | LearningDelay;
  /** How many attempts there may be beside the first. Default: 1. */
  readonly maxHedges?: number | undefined;
  /**
   * Which errors start the next attempt at once; any other ends the call. Default: every error. It
   * is not asked about rejections by a policy further in: such a one starts nothing, and ends
   * nothing as long as other attempts are running.
   */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /** Which values count as handled failures. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** Bounds the hedges to a share of the calls; may be shared with retries. Default: none. */
  readonly budget?: RetryBudget | undefined;
}

/** The defaults, in one place. */
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

/** The options of a hedge, checked and read. */
export interface HedgeRules extends ReadPolicyOptions {
  /** In ms, or what is asked at each attempt. */
  readonly delay: number | ((context: CallContext) => Duration);
  readonly maxHedges: number;
  readonly handle: ((error: unknown) => boolean) | undefined;
  readonly handleResult: ((value: unknown) => boolean) | undefined;
  readonly budget: RetryBudget | undefined;
  /** Hears latencies, where the delay learns from them. */
  readonly observe: ((latencyMs: number, atLeast?: boolean) => void) | undefined;
}

/** Reads the options; throws at the first that is bad or unknown, naming it. */
export function readHedgeOptions(options: HedgeOptions): HedgeRules {
  const read = readOptions('HedgePolicy', options, readers);
  const observe = look(read.delay, 'observe') as LearningDelay['observe'] | undefined;
  return { ...read, observe: typeof observe === 'function' ? observe : undefined };
}

/** The rules as plain data; a delay that is a function is left out. */
export function hedgeSettings({ name, delay, maxHedges, budget }: HedgeRules): PolicySettings {
  return {
    type: 'hedge',
    name,
    delay: typeof delay === 'number' ? delay : undefined,
    maxHedges,
    budget: budget?.toJSON(),
  };
}
