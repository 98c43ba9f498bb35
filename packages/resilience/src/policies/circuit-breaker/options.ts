import type { Backoff } from '../../values/backoff.ts';
import type { CircuitState } from '../../values/circuit-state.ts';
import { duration, longDuration, toMs } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import { toThresholdFraction } from '../../values/fraction.ts';
import type { Fraction, FractionLike } from '../../values/fraction.ts';
import { look } from '../../support/foreign.ts';
import {
  callback,
  count,
  hasMethods,
  needAttempt,
  policyOptions,
  predicate,
  readOptions,
  invalid,
} from '../../support/options.ts';
import type { Judge, Reader, ReadPolicyOptions } from '../../support/options.ts';
import type {
  ErrorPredicate,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from '../../policy.ts';
import type { MachineRules } from './machine.ts';
import { readSnapshot } from './snapshot.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { toThresholds } from './thresholds.ts';
import type { Threshold, ThresholdLike } from './thresholds.ts';

/** Options of a breaker; `Breaker` is what `onStateChange` gets. */
export interface BreakerOptions<Breaker = never> extends PolicyOptions {
  /**
   * How long an open circuit waits before trial calls. A `Backoff` makes the cooldown longer each time the trial
   * calls fail. Default: 30 s.
   */
  readonly cooldown?: Duration | Backoff | undefined;
  /**
   * When the circuit opens: with `k/n`, when `k` of the last `n` calls failed; otherwise as
   * `consecutive`, `rate` or `slow` define it. With an array, the circuit opens as soon as one of the
   * thresholds is met. Default: `10/20`.
   */
  readonly failureThreshold?: ThresholdLike | readonly ThresholdLike[] | undefined;
  /** How many of how many trial calls must succeed to close the circuit. Default: `failureThreshold` decides. */
  readonly successThreshold?: FractionLike | undefined;
  /**
   * Which errors are failures; other errors count as successes. Calls take a little longer if this or one of the next
   * two options declares its context as a second parameter. Default: every error.
   */
  readonly handle?: ErrorPredicate | undefined;
  /** Which results are failures. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
  /** Which errors are not recorded at all; takes precedence over `handle`. Default: none. */
  readonly ignore?: ErrorPredicate | undefined;
  /** How long a trial call may hold its slot. Default: the cooldown, at least 1 s. */
  readonly trialTimeout?: Duration | undefined;
  /** How many trial calls may run at the same time; fewer if the window needs fewer. Default: 3. */
  readonly maxConcurrentTrials?: number | undefined;
  /**
   * For this long after a recovery, only a share of the calls is admitted. It grows from a tenth to all calls,
   * so that a recovering dependency is not overloaded. Default: 0.
   */
  readonly rampUp?: Duration | undefined;
  /** A snapshot from `toJSON()`, of this or another process. */
  readonly initialState?: CircuitSnapshot | undefined;
  /** Called once after each state change, in order. Errors that it throws are reported and change nothing. */
  readonly onStateChange?:
    ((policy: Breaker, oldState: CircuitState, newState: CircuitState) => void) | undefined;
}

/** The default values. */
export const circuitBreakerDefaults = {
  cooldown: 30_000,
  failureThreshold: '10/20',
  maxConcurrentTrials: 3,
  rampUp: 0,
  leastTrialTimeout: 1_000,
} as const;

/** How long an open circuit waits before trial calls: ms, or a backoff. */
type Cooldown = number | Backoff;

const optional =
  <Value>(read: Reader<Value>): Reader<Value | undefined> =>
  (option, value) =>
    value === undefined ? undefined : read(option, value);

// The first delay is the default of `trialTimeout`.
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
  // A trial call that loses its slot at once could never have an outcome.
  trialTimeout: optional(
    (option, value): number =>
      toMs(option, value) || invalid(option, value, 'a duration above 0', RangeError),
  ),
  maxConcurrentTrials: count(1, circuitBreakerDefaults.maxConcurrentTrials, true),
  rampUp: duration(circuitBreakerDefaults.rampUp),
  initialState: optional(readSnapshot),
  onStateChange: callback<NonNullable<BreakerOptions['onStateChange']>>(),
};

/** The validated options of a breaker. */
export interface BreakerRules extends MachineRules {
  readonly cooldown: Cooldown;
  readonly successThreshold: Fraction | undefined;
  /** Whether a threshold needs the time of outcomes. */
  readonly timed: boolean;
  readonly handle: Judge | undefined;
  readonly handleResult: Judge | undefined;
  readonly ignore: Judge | undefined;
  /** Whether a predicate needs to know the attempt. */
  readonly asksAttempt: boolean;
  /** Whether each call needs a ticket of its own: for its duration, or for a predicate. */
  readonly needsTickets: boolean;
  readonly onStateChange: BreakerOptions['onStateChange'];
}

/** The validated options, including those that no two breakers share. */
export interface ReadBreakerOptions extends BreakerRules, ReadPolicyOptions {
  readonly initialState: CircuitSnapshot | undefined;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readBreakerOptions(options: BreakerOptions): ReadBreakerOptions {
  const read = readOptions('CircuitBreakerPolicy', options, readers);
  const { trialTimeout, ...rules } = read;
  const { cooldown, failureThreshold, successThreshold } = rules;
  const slowTrialMs = Math.min(...failureThreshold.map(({ slowerThanMs }) => slowerThanMs));
  const asksAttempt = needAttempt(rules.handle, rules.handleResult, rules.ignore);
  const firstWait = typeof cooldown === 'number' ? cooldown : cooldown.minDelay;
  // Each threshold implies both counts: successes to close, and failures to open.
  const { numerator, denominator: trialCalls } = successThreshold ?? failureThreshold[0]!.trials;
  const complement = trialCalls - numerator + 1;
  return {
    ...rules,
    trialCalls,
    successesToClose: successThreshold === undefined ? complement : numerator,
    failuresToOpen: successThreshold === undefined ? numerator : complement,
    slowTrialMs,
    asksAttempt,
    needsTickets: asksAttempt || slowTrialMs !== Infinity,
    trialTimeoutMs: trialTimeout ?? Math.max(circuitBreakerDefaults.leastTrialTimeout, firstWait),
    timed: failureThreshold.some(({ timed }) => timed),
  };
}

/** The settings as plain data. */
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
