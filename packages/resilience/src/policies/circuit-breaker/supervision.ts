import type { Duration } from '../../values/duration.ts';

/** The right to make one trial call, given by a supervisor. The breaker settles it exactly once. */
export interface TrialSlot {
  /** The trial call succeeded. */
  success(): void;
  /** The trial call failed. */
  failure(): void;
  /** The trial call had no outcome, or it came too late to count. */
  release(): void;
}

/**
 * Decides about trial calls in place of the breaker's own rules: it decides which calls are trial
 * calls, and acts on their outcomes through the breaker's `open()` and `close()`.
 *
 * Both methods run during a call, so they must be fast and must not throw.
 */
export interface TrialSupervisor {
  /**
   * Called for each call that comes while the circuit is half-open, or open with its cooldown over.
   * Returns the call's trial slot, or `undefined` to reject the call.
   */
  takeSlot(): TrialSlot | undefined;
  /**
   * The `retryAfter` of the error of a rejected call, in ms. Default: the time until the oldest
   * trial call loses its slot, or 0 if there is none.
   */
  readonly retryAfter?: (() => number) | undefined;
}

/** The rules that decide a half-open circuit. */
export interface TrialRules {
  /** How many trial calls a half-open circuit admits at most. */
  readonly trialCalls: number;
  /** How many of them must succeed to close the circuit. */
  readonly successesToClose: number;
  /** How many of them must fail to open the circuit again. */
  readonly failuresToOpen: number;
  /** How many trial calls may run at the same time. */
  readonly maxConcurrentTrials: number;
  /** How long a trial call holds its slot, in ms. */
  readonly trialTimeoutMs: number;
}

/** How many outcomes a breaker has recorded since it was created. */
export interface CircuitTotals {
  readonly successes: number;
  readonly failures: number;
}

/** What `supervisionOf` returns: a breaker as seen by a program that supervises it. */
export interface CircuitSupervision {
  /** All outcomes recorded since the breaker was created, including those its windows forgot. */
  readonly totals: CircuitTotals;
  /** The breaker's own rules for trial calls, for a supervisor that applies them itself. */
  readonly trialRules: TrialRules;
  /**
   * The failure rate at which the breaker opens, from the first of its thresholds that judges one
   * (a fraction or `rate`); `undefined` if none does.
   */
  readonly failureRate: number | undefined;
  /** The cooldown in ms after the circuit opened `openings` times without recovering. */
  cooldownMs(openings: number): number;
  /**
   * Hands trial calls over to `supervisor` until the returned object is disposed. The circuit then
   * makes trial calls only with slots from the supervisor, and stays half-open until `open()` or
   * `close()` is called. It still opens by its own thresholds.
   *
   * Throws a `TypeError` if the breaker has a supervisor already.
   */
  superviseTrials(supervisor: TrialSupervisor): Disposable;
}

// Well-known, so that one copy of this package can supervise breakers of another copy.
export const supervisionKey: unique symbol = Symbol.for('@highway/resilience/supervision') as never;

/** Options of `CircuitBreakerPolicy.open()`. */
export interface OpenOptions {
  /** How long calls are rejected. Default: the cooldown. */
  readonly for?: Duration | undefined;
}

/** Options of `CircuitBreakerPolicy.close()`. */
export interface CloseOptions {
  /** Whether `rampUp` applies, as after a recovery. Default: false; all calls run at once. */
  readonly rampUp?: boolean | undefined;
}
