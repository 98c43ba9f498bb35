import { toMs } from '@highway/resilience';
import type { Duration, Policy } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import { checkKeys } from '../option-checks.ts';

/** What a step's function is told of its call. */
export interface StepInfo {
  /**
   * The same in every attempt of the step and after every crash, and different for every other step
   * and run. A step may run again when the process dies before its result is recorded: give this to
   * the service, so that it does the work once.
   */
  readonly idempotencyKey: string;
  /** Which attempt it is; the first is 1. */
  readonly attempt: number;
  /** Aborts when a timeout gives the attempt up, or the run is cancelled. */
  readonly signal: AbortSignal;
}

/** What to do with a step whose circuit is open: wait, fail, or answer with something else. */
export type WhenOpen<Value> = 'park' | 'fail' | ((error: unknown) => Value | Promise<Value>);

/** Options of a step. */
export interface StepOptions<Value> {
  /**
   * Protects the step's calls: any policy, or several in a `Failsafe`. A `RetryPolicy` decides about
   * attempts and waits, which the journal keeps; breakers park the step; all others run inside each
   * attempt. Default: none.
   */
  readonly policy?: Policy<unknown> | undefined;
  /** What happens while the circuit is open. Default: `'park'`. */
  readonly whenOpen?: WhenOpen<Value> | undefined;
  /** How long the step may be parked at a time; then it fails. Default: for ever. */
  readonly maxPark?: Duration | undefined;
  /**
   * Undoes the step, when the workflow fails after it; newest step first. It gets what the step gave,
   * is a durable step itself, and is protected by the same policy.
   */
  readonly compensate?: ((value: Value, step: StepInfo) => unknown) | undefined;
}

/** The options, read. */
export interface ReadStepOptions {
  readonly policy: Policy<unknown> | undefined;
  readonly whenOpen: WhenOpen<unknown>;
  /** In ms. */
  readonly maxPark: number;
  readonly compensate: ((value: never, step: StepInfo) => unknown) | undefined;
}

const known = ['policy', 'whenOpen', 'maxPark', 'compensate'];

/** Reads the options of a step; throws at the first that is bad, naming step and option. */
export function readStepOptions<Value>(step: string, options: StepOptions<Value>): ReadStepOptions {
  checkKeys(`step "${step}"`, options, known);
  const { policy, whenOpen = 'park', maxPark = Infinity, compensate } = options;
  if (policy !== undefined && typeof (policy as { execute?: unknown }).execute !== 'function') {
    throw bad(step, 'policy', 'takes a policy or a Failsafe');
  }
  if (whenOpen !== 'park' && whenOpen !== 'fail' && typeof whenOpen !== 'function') {
    throw bad(step, 'whenOpen', "takes 'park', 'fail' or a function");
  }
  if (compensate !== undefined && typeof compensate !== 'function') {
    throw bad(step, 'compensate', 'takes a function');
  }
  return {
    policy,
    whenOpen,
    maxPark: toMs(`step "${step}": maxPark`, maxPark, true),
    compensate: compensate,
  };
}

function bad(step: string, option: string, takes: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `step "${step}": ${option} ${takes}`);
}
