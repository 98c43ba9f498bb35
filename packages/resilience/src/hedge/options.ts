import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import type { CallContext } from '../internal/call.ts';
import { refuse, toCount, toFunction } from '../internal/options.ts';
import type { PolicyOptions } from '../policy.ts';
import { RetryBudget } from '../retry-budget.ts';

/**
 * How long to wait for an attempt before the next is started beside it. A function is asked at each
 * attempt, just before that begins, and given the context of it; 0 starts the next at once.
 */
export type HedgeDelay = Duration | ((context: CallContext) => Duration);

/** A delay that learns from how long first attempts take; `latencyQuantile` makes one. */
export interface LearningDelay {
  (context: CallContext): Duration;
  /**
   * A call was answered. `latencyMs` is how long its first attempt took, or had been waited for
   * when a hedge overtook it.
   */
  observe(latencyMs: number): void;
}

/** Options of a `HedgePolicy`. */
export interface HedgeOptions extends PolicyOptions {
  /** How long an attempt may go without a result before another is started. */
  readonly delay: HedgeDelay | LearningDelay;
  /** How many attempts there may be beside the first. Default: 1. */
  readonly maxHedges?: number;
  /**
   * Which errors start the next attempt at once; any other ends the call. Default: every error but
   * rejections by a policy further in. Such a rejection, unless it is handled, starts nothing and
   * ends nothing as long as other attempts are running.
   */
  readonly handle?: (error: unknown) => boolean;
  /** Which values count as handled failures. Default: none. */
  readonly handleResult?: (value: unknown) => boolean;
  /** Bounds the hedges to a share of the calls; may be shared with retries. Default: none. */
  readonly budget?: RetryBudget;
}

/** The defaults, in one place. */
export const hedgeDefaults = { maxHedges: 1 } as const;

/** Every option of a hedge. */
export const hedgeOptions: readonly string[] = [
  'name',
  'clock',
  'delay',
  'maxHedges',
  'handle',
  'handleResult',
  'budget',
];

/** The options of a hedge, checked and read. */
export interface HedgeRules {
  readonly delay: number | ((context: CallContext) => Duration);
  /** Hears latencies, where the delay learns from them. */
  readonly observe: ((latencyMs: number) => void) | undefined;
  readonly maxHedges: number;
  // What predicates give is read as true or false, whatever they give.
  readonly handle: ((error: unknown) => unknown) | undefined;
  readonly handleResult: ((value: unknown) => unknown) | undefined;
  readonly budget: RetryBudget | undefined;
}

/** Reads the options; throws at the first that is bad, naming it. */
export function readHedgeOptions(options: HedgeOptions): HedgeRules {
  const { delay, budget } = options;
  if (budget !== undefined && !(budget instanceof RetryBudget)) {
    refuse('budget', budget, 'a RetryBudget is');
  }
  return {
    delay: typeof delay === 'function' ? delay : toMs('delay', delay),
    observe: learns(delay) ? (latencyMs) => delay.observe(latencyMs) : undefined,
    maxHedges: toCount('maxHedges', options.maxHedges ?? hedgeDefaults.maxHedges, 0),
    handle: toFunction('handle', options.handle),
    handleResult: toFunction('handleResult', options.handleResult),
    budget,
  };
}

function learns(delay: HedgeOptions['delay']): delay is LearningDelay {
  return (
    typeof delay === 'function' && typeof (delay as Partial<LearningDelay>).observe === 'function'
  );
}
