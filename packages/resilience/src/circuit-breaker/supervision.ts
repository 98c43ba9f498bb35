import type { Duration } from '../duration.ts';

/** The place of one test call, given by a supervisor. It is told once what became of the call. */
export interface TestPlace {
  success(): void;
  failure(): void;
  /** There was no outcome, or it came too late to count. */
  release(): void;
}

/**
 * Decides about test calls in place of a breaker's own rules: which calls may test, and by
 * `open()` and `close()` of the breaker what follows from their outcomes.
 *
 * Both methods are called on the path of a call, so they must be quick, and neither may throw.
 */
export interface TestSupervisor {
  /**
   * Asked for each call that comes when the wait of an open circuit is over, or while it is
   * half-open: the call's place, or `undefined` to have it refused.
   */
  takePlace(): TestPlace | undefined;
  /**
   * Milliseconds until a call that got no place might get one, for its error. Default: until the
   * oldest test call loses its place, 0 where there is none.
   */
  readonly retryAfter?: (() => number) | undefined;
}

/** Where a breaker opens by hand. */
export interface OpenOptions {
  /** How long it refuses calls. Default: the cooldown. */
  readonly for?: Duration | undefined;
}

/** How a breaker closes by hand. */
export interface CloseOptions {
  /** Whether it is a recovery, after which `rampUp` holds. Default: false, all calls at once. */
  readonly rampUp?: boolean | undefined;
}

/** The outcomes that a breaker has recorded since it was made. */
export interface CircuitTotals {
  readonly successes: number;
  readonly failures: number;
}
