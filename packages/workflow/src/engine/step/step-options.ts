import { toMs } from '@highway/resilience';
import type { Duration, Policy } from '@highway/resilience';
import { WorkflowError } from '../../errors.ts';
import { checkKeys } from '../../option-checks.ts';

/** What a step's function receives. */
export interface StepInfo {
  /**
   * Identifies the step of this run: the same in every attempt and after every crash, and different
   * for every other step and run. A step may run again if the process dies before its result is on
   * record. Pass this key to the service, so that it does the work only once.
   */
  readonly idempotencyKey: string;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** Aborts when a timeout ends the attempt, or the run is cancelled. */
  readonly signal: AbortSignal;
}

/** What a step does while its circuit is open: park, fail, or return a fallback value. */
export type WhenOpen<Value> = 'park' | 'fail' | ((error: unknown) => Value | Promise<Value>);

/** Options of a step. */
export interface StepOptions<Value> {
  /**
   * Protects the step's calls: one policy, or several in a `Failsafe`. A `RetryPolicy` decides about
   * attempts and waits, which the journal keeps. Circuit breakers park the step. All other policies
   * run inside each attempt. Default: none.
   */
  readonly policy?: Policy<unknown> | undefined;
  /** What the step does while the circuit is open. Default: `'park'`. */
  readonly whenOpen?: WhenOpen<Value> | undefined;
  /**
   * How long the step may stay parked each time before it fails with a `ParkExpiredError`. Default:
   * forever.
   */
  readonly maxPark?: Duration | undefined;
  /**
   * Reverses the effect of the step if the workflow fails later; the newest step goes first. It
   * receives the step's result, is itself a durable step, and is protected by the same policy.
   */
  readonly compensate?: ((value: Value, step: StepInfo) => unknown) | undefined;
}

/** The validated options, with defaults. */
export interface ReadStepOptions {
  readonly policy: Policy<unknown> | undefined;
  readonly whenOpen: WhenOpen<unknown>;
  readonly maxParkMs: number;
  readonly compensate: ((value: never, step: StepInfo) => unknown) | undefined;
}

const known = ['policy', 'whenOpen', 'maxPark', 'compensate'];

/** Reads the options of a step; throws at the first invalid one and names the step and the option. */
export function readStepOptions<Value>(step: string, options: StepOptions<Value>): ReadStepOptions {
  checkKeys(`step "${step}"`, options, known);
  const { policy, whenOpen = 'park', maxPark = Infinity, compensate } = options;
  if (policy !== undefined && typeof (policy as { execute?: unknown }).execute !== 'function') {
    throw invalid(step, 'policy', 'expected a policy or a Failsafe');
  }
  if (whenOpen !== 'park' && whenOpen !== 'fail' && typeof whenOpen !== 'function') {
    throw invalid(step, 'whenOpen', "expected 'park', 'fail' or a function");
  }
  if (compensate !== undefined && typeof compensate !== 'function') {
    throw invalid(step, 'compensate', 'expected a function');
  }
  return {
    policy,
    whenOpen,
    maxParkMs: toMs(`step "${step}": maxPark`, maxPark, true),
    compensate: compensate,
  };
}

function invalid(step: string, option: string, expected: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `step "${step}": ${option}: ${expected}`);
}
