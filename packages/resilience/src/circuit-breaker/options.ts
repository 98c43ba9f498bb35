import type { Duration } from '../duration.ts';
import { toMs } from '../duration.ts';
import { Fraction, toFraction } from '../fraction.ts';
import type { FractionLike } from '../fraction.ts';
import { toCount, toFunction } from '../internal/options.ts';
import type { PolicyOptions, PolicySettings } from '../policy.ts';
import { Backoff } from '../backoff.ts';
import type { CircuitBreakerPolicy } from './circuit-breaker.ts';
import type { CircuitState, MachineRules } from './machine.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { positive, slowerThanMs, toThresholds, trialFraction } from './thresholds.ts';
import type { ThresholdLike } from './thresholds.ts';

/** Options of a `CircuitBreakerPolicy`. */
export interface CircuitBreakerOptions extends PolicyOptions {
  /**
   * How long an open circuit refuses calls before it lets test calls in. A `Backoff` makes the wait
   * longer each time that the test calls fail. Default: 30 s.
   */
  readonly cooldown?: Duration | Backoff;
  /**
   * When it opens: a fraction of the last calls, or `consecutive`, `rate`, `slow`; of several in an
   * array the first that is met. Default: `10/20`.
   */
  readonly failureThreshold?: ThresholdLike | readonly ThresholdLike[];
  /** How many of how many test calls must succeed. Default: judged by `failureThreshold`. */
  readonly successThreshold?: FractionLike;
  /** Which errors are failures; others are successes. Default: every error. */
  readonly handle?: (error: unknown) => boolean;
  /** Which values are failures. Default: none. */
  readonly handleResult?: (value: unknown) => boolean;
  /** Which errors say nothing about the dependency; wins over `handle`. Default: none. */
  readonly ignore?: (error: unknown) => boolean;
  /** How long one test call may hold its place. Default: the cooldown, at least 1 s. */
  readonly trialTimeout?: Duration;
  /** Test calls at once; fewer where the window needs fewer. Default: 3. */
  readonly maxConcurrentTrials?: number;
  /**
   * For this long after a recovery only a share of the calls is let through, which grows from a
   * tenth to all of them, so that callers don't stampede. Default: 0.
   */
  readonly rampUp?: Duration;
  /** A snapshot that `toJSON` gave, here or in another process. */
  readonly initialState?: CircuitSnapshot;
  /** Runs once for each transition, after it, in order. */
  readonly onStateChange?: (
    policy: CircuitBreakerPolicy,
    oldState: CircuitState,
    newState: CircuitState,
  ) => void;
}

/** The defaults, in one place. */
export const circuitBreakerDefaults = {
  cooldown: 30_000,
  failureThreshold: '10/20',
  maxConcurrentTrials: 3,
  rampUp: 0,
  leastTrialTimeout: 1_000,
} as const;

/** Every option of a breaker. */
export const circuitBreakerOptions: readonly string[] = [
  'name',
  'clock',
  'cooldown',
  'failureThreshold',
  'successThreshold',
  'handle',
  'handleResult',
  'ignore',
  'trialTimeout',
  'maxConcurrentTrials',
  'rampUp',
  'initialState',
  'onStateChange',
];

/** The options of a breaker, checked and read. */
export interface BreakerRules extends MachineRules {
  readonly cooldown: number | Backoff;
  readonly successThreshold: Fraction | undefined;
  /** Whether a threshold needs to know when an outcome came, and how long it took. */
  readonly timed: boolean;
  // What predicates give is read as true or false, whatever they give.
  readonly handle: ((error: unknown) => unknown) | undefined;
  readonly handleResult: ((value: unknown) => unknown) | undefined;
  readonly ignore: ((error: unknown) => unknown) | undefined;
  readonly onStateChange: CircuitBreakerOptions['onStateChange'];
}

/** Checks the options; throws at the first that is bad, naming it. */
export function readBreakerOptions(options: CircuitBreakerOptions): BreakerRules {
  const defaults = circuitBreakerDefaults;
  const thresholds = toThresholds(
    'failureThreshold',
    options.failureThreshold ?? defaults.failureThreshold,
  );
  const successThreshold =
    options.successThreshold === undefined
      ? undefined
      : positive('successThreshold', toFraction('successThreshold', options.successThreshold));
  const { cooldown = defaults.cooldown } = options;
  const wait = cooldown instanceof Backoff ? cooldown : toMs('cooldown', cooldown);
  const firstWait = typeof wait === 'number' ? wait : wait.minDelay;
  return {
    thresholds,
    successThreshold,
    cooldown: wait,
    ...trialRule(trialFraction(thresholds[0]!), successThreshold),
    slowTrialMs: Math.min(...thresholds.map((each) => slowerThanMs(each) ?? Infinity)),
    trialTimeoutMs: toMs(
      'trialTimeout',
      options.trialTimeout ?? Math.max(defaults.leastTrialTimeout, firstWait),
    ),
    maxConcurrentTrials: toCount(
      'maxConcurrentTrials',
      options.maxConcurrentTrials ?? defaults.maxConcurrentTrials,
      1,
      true,
    ),
    rampUpMs: toMs('rampUp', options.rampUp ?? defaults.rampUp),
    timed: thresholds.some((each) => 'over' in each),
    handle: toFunction('handle', options.handle),
    handleResult: toFunction('handleResult', options.handleResult),
    ignore: toFunction('ignore', options.ignore),
    onStateChange: toFunction('onStateChange', options.onStateChange),
  };
}

/** Either threshold, said in both ways: how many successes close and how many failures open. */
function trialRule(
  failures: Fraction,
  successes: Fraction | undefined,
): { trialCalls: number; closeAt: number; openAt: number } {
  const calls = (successes ?? failures).denominator;
  const openAt = successes === undefined ? failures.numerator : calls - successes.numerator + 1;
  return { trialCalls: calls, closeAt: calls - openAt + 1, openAt };
}

/** The rules as plain data. */
export function breakerSettings(name: string, rules: BreakerRules): PolicySettings {
  const { cooldown, successThreshold } = rules;
  return {
    type: 'circuitBreaker',
    name,
    cooldownMs: typeof cooldown === 'number' ? cooldown : cooldown.toJSON(),
    failureThreshold: rules.thresholds.map((each) =>
      each instanceof Fraction ? each.toString() : each,
    ),
    ...(successThreshold !== undefined && { successThreshold: successThreshold.toString() }),
    trialTimeoutMs: rules.trialTimeoutMs,
    maxConcurrentTrials: rules.maxConcurrentTrials,
    rampUpMs: rules.rampUpMs,
  };
}
