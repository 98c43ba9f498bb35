/** The states of a circuit breaker. */
export const CircuitState = {
  /** Every call runs, and its outcome counts. */
  CLOSED: 'CLOSED',
  /** Calls are rejected at once. */
  OPEN: 'OPEN',
  /** A few trial calls decide what follows. */
  HALF_OPEN: 'HALF_OPEN',
  /** Every call is rejected until each object that `isolate()` returned is disposed. */
  ISOLATED: 'ISOLATED',
  /** Every call runs; nothing is recorded. */
  DISABLED: 'DISABLED',
  /** Every call runs and is recorded; the circuit never opens. */
  METRICS_ONLY: 'METRICS_ONLY',
} as const;

/** The state of a circuit breaker. */
export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** Why a circuit breaker changed its state. */
export type TransitionCause =
  | 'threshold' // the window met a failure threshold
  | 'cooldown' // the cooldown is over, and a call came
  | 'trials' // the trial calls decided
  | 'manual'; // a method such as `open()` or `isolate()` was called
