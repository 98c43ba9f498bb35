import type { Backoff } from '../backoff.ts';
import type { CircuitState } from '../circuit-state.ts';
import { duration, longDuration, toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { toThresholdFraction } from '../fraction.ts';
import type { Fraction, FractionLike } from '../fraction.ts';
import { look } from '../internal/foreign.ts';
import {
  callback,
  count,
  hasMethods,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../internal/options.ts';
import type { Reader, ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions, PolicySettings, ResultPredicate } from '../policy.ts';
import type { CircuitBreakerPolicy } from './circuit-breaker.ts';
import type { MachineRules } from './machine.ts';
import { readSnapshot } from './snapshot.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { toThresholds } from './thresholds.ts';
import type { Threshold, ThresholdLike } from './thresholds.ts';

/** Options of a `CircuitBreakerPolicy`. */
export interface CircuitBreakerOptions extends PolicyOptions {
  /**
   * How long an open circuit refuses calls before it lets test calls in. A `Backoff` makes the wait
   * longer each time that the test calls fail. Default: 30 s.
   */
  readonly cooldown?: Duration | Backoff | undefined;
  /**
   * When it opens: a fraction of the last calls, or `consecutive`, `rate`, `slow`; of several in an
   * array the first that is met. Default: `10/20`.
   */
  readonly failureThreshold?: ThresholdLike | readonly ThresholdLike[] | undefined;
  /** How many of how many test calls must succeed. Default: judged by `failureThreshold`. */
  readonly successThreshold?: FractionLike | undefined;
  /** Which errors are failures; others are successes. Default: every error. */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /** Which values are failures. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** Which errors say nothing about the dependency; wins over `handle`. Default: none. */
  readonly ignore?: ((error: unknown) => boolean) | undefined;
  /** How long one test call may hold its place. Default: the cooldown, at least 1 s. */
  readonly trialTimeout?: Duration | undefined;
  /** Test calls at once; fewer where the window needs fewer. Default: 3. */
  readonly maxConcurrentTrials?: number | undefined;
  /**
   * For this long after a recovery only a share of the calls is let through, which grows from a
   * tenth to all of them, so that callers don't stampede. Default: 0.
   */
  readonly rampUp?: Duration | undefined;
  /** A snapshot that `toJSON` gave, here or in another process. */
  readonly initialState?: CircuitSnapshot | undefined;
  /** Runs once for each transition, after it, in order. */
  readonly onStateChange?:
    | ((policy: CircuitBreakerPolicy, oldState: CircuitState, newState: CircuitState) => void)
    | undefined;
}

/** The defaults, in one place. */
export const circuitBreakerDefaults = {
  cooldown: 30_000,
  failureThreshold: '10/20',
  maxConcurrentTrials: 3,
  rampUp: 0,
  leastTrialTimeout: 1_000,
} as const;

/** What waits between openings and test calls: ms, or a backoff. */
type Cooldown = number | Backoff;

const optional =
  <Value>(read: Reader<Value>): Reader<Value | undefined> =>
  (option, value) =>
    value === undefined ? undefined : read(option, value);

// Without a first delay there would be no time at which a test call loses its place.
const isBackoff = (value: unknown): value is Backoff =>
  hasMethods(value, ['forAttempt', 'toJSON']) && typeof look(value, 'minDelay') === 'number';

const readers = {
  ...policyOptions,
  cooldown: (option: string, value: unknown = circuitBreakerDefaults.cooldown): Cooldown =>
    isBackoff(value) ? value : longDuration('CircuitBreakerPolicy')(option, value),
  failureThreshold: (
    option: string,
    value: unknown = circuitBreakerDefaults.failureThreshold,
  ): Threshold[] => toThresholds(option, value),
  successThreshold: optional(toThresholdFraction),
  handle: predicate(),
  handleResult: predicate(),
  ignore: predicate(),
  // A place that is lost at once would never be good for an outcome.
  trialTimeout: optional(
    (option, value): number =>
      toMs(option, value) || invalid(option, value, 'a time above 0', RangeError),
  ),
  maxConcurrentTrials: count(1, circuitBreakerDefaults.maxConcurrentTrials, true),
  rampUp: duration(circuitBreakerDefaults.rampUp),
  initialState: optional(readSnapshot),
  onStateChange: callback<NonNullable<CircuitBreakerOptions['onStateChange']>>(),
};

/** The options of a breaker, checked and read. */
export interface BreakerRules extends MachineRules {
  readonly cooldown: Cooldown;
  readonly successThreshold: Fraction | undefined;
  /** Whether a threshold needs to know when an outcome came. */
  readonly timed: boolean;
  readonly handle: ((error: unknown) => boolean) | undefined;
  readonly handleResult: ((value: unknown) => boolean) | undefined;
  readonly ignore: ((error: unknown) => boolean) | undefined;
  readonly onStateChange: CircuitBreakerOptions['onStateChange'];
}

/** The rules, and what concerns one breaker alone. */
export interface ReadBreakerOptions extends BreakerRules, ReadPolicyOptions {
  readonly initialState: CircuitSnapshot | undefined;
}

/** Checks the options; throws at the first that is bad, naming it. */
export function readBreakerOptions(options: CircuitBreakerOptions): ReadBreakerOptions {
  const read = readOptions('CircuitBreakerPolicy', options, readers);
  const { trialTimeout, ...rules } = read;
  const { cooldown, failureThreshold, successThreshold } = rules;
  const firstWait = typeof cooldown === 'number' ? cooldown : cooldown.minDelay;
  // Either threshold says both: how many successes close, and how many failures open.
  const { numerator, denominator: trialCalls } = successThreshold ?? failureThreshold[0]!.trials;
  const rest = trialCalls - numerator + 1;
  return {
    ...rules,
    trialCalls,
    successesToClose: successThreshold === undefined ? rest : numerator,
    failuresToOpen: successThreshold === undefined ? numerator : rest,
    slowTrialMs: Math.min(...failureThreshold.map(({ slowerThanMs }) => slowerThanMs)),
    trialTimeoutMs: trialTimeout ?? Math.max(circuitBreakerDefaults.leastTrialTimeout, firstWait),
    timed: failureThreshold.some(({ timed }) => timed),
  };
}

/** The rules as plain data. */
export function breakerSettings(
  rules: BreakerRules & Pick<ReadBreakerOptions, 'name'>,
): PolicySettings {
  const { name, cooldown, successThreshold, trialTimeoutMs, maxConcurrentTrials, rampUp } = rules;
  return {
    type: 'circuitBreaker',
    name,
    cooldown: typeof cooldown === 'number' ? cooldown : cooldown.toJSON(),
    failureThreshold: rules.failureThreshold.map((each) => each.toJSON()),
    successThreshold: successThreshold?.toJSON(),
    trialTimeout: trialTimeoutMs,
    maxConcurrentTrials,
    rampUp,
  };
}
