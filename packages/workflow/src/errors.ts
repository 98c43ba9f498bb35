/** What the constructors of this package's errors take beside their message. */
export interface WorkflowErrorOptions {
  /** What led to it. */
  readonly cause?: unknown;
}

/** Every code that an error of this package may carry. */
export type WorkflowErrorCode =
  | 'ERR_CANCELLED'
  | 'ERR_COMPENSATION'
  | 'ERR_CRASH_LOOP'
  | 'ERR_DEFINITION'
  | 'ERR_ENGINE_IN_USE'
  | 'ERR_INPUT'
  | 'ERR_JOIN'
  | 'ERR_NOT_SERIALIZABLE'
  | 'ERR_NOT_MIGRATED'
  | 'ERR_NOT_STARTED'
  | 'ERR_OVERLAP'
  | 'ERR_PARK_EXPIRED'
  | 'ERR_REPLAY'
  | 'ERR_RUN_ENDED'
  | 'ERR_RUN_EXISTS'
  | 'ERR_UNDONE'
  | 'ERR_UNKNOWN_RUN'
  | 'ERR_UNKNOWN_STEP';

const brand = Symbol.for('@highway/workflow/error');

/**
 * The base of every error that the engine makes itself. What a step throws is never one: it reaches
 * the workflow with its own name, message and code.
 */
export class WorkflowError extends Error {
  static {
    this.prototype.name = 'WorkflowError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** Which kind it is, for programs: stable, unlike the message, and the same after a replay. */
  readonly code: WorkflowErrorCode;

  constructor(code: WorkflowErrorCode, message: string, options?: WorkflowErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A second operation of a run's context was asked for while one was under way. */
export class OverlapError extends WorkflowError {
  static {
    this.prototype.name = 'OverlapError';
  }

  constructor(asked: string, running: string) {
    super(
      'ERR_OVERLAP',
      `${asked} was asked for while ${running} is running. A run does one thing after the other, ` +
        'or a replay would mix up their results: await each operation, and take ctx.all or ' +
        'ctx.forEach for what should run side by side',
    );
  }
}

/** A workflow failed, and so did some of what should have undone its steps. */
export class CompensationError extends WorkflowError {
  static {
    this.prototype.name = 'CompensationError';
  }

  /** The compensations that failed, in the order in which they were tried: newest step first. */
  readonly failures: readonly CompensationFailure[];

  /** `cause` is the error for which the workflow was undone. */
  constructor(failures: readonly CompensationFailure[], cause: unknown) {
    const steps = failures.map(({ step }) => step).join(', ');
    super('ERR_COMPENSATION', `Could not undo ${steps}: ${messageOf(failures[0]?.error)}`, {
      cause,
    });
    this.failures = failures;
  }
}

/** A compensation that failed for good. */
export interface CompensationFailure {
  /** The step that is still to be undone. */
  readonly step: string;
  /** Why it could not be. */
  readonly error: unknown;
}

/** A step was parked for longer than its `maxPark` allows. */
export class ParkExpiredError extends WorkflowError {
  static {
    this.prototype.name = 'ParkExpiredError';
  }

  /** The circuit that stayed open; empty where it has no name. */
  readonly circuit: string;

  constructor(step: string, circuit: string, maxParkMs: number) {
    const which = circuit === '' ? 'its circuit' : `the circuit "${circuit}"`;
    super('ERR_PARK_EXPIRED', `${step}: ${which} stayed open for more than ${maxParkMs} ms`);
    this.circuit = circuit;
  }
}

/** A branch, or too many of several, failed. */
export class JoinError extends WorkflowError {
  static {
    this.prototype.name = 'JoinError';
  }

  /** The errors of the branches that failed, by branch. */
  readonly errors: Readonly<Record<string, unknown>>;

  constructor(name: string, needed: number, errors: Readonly<Record<string, unknown>>) {
    const failed = Object.keys(errors);
    super(
      'ERR_JOIN',
      `${name}: needs ${needed} branches to succeed, but ${failed.join(', ')} failed: ` +
        messageOf(errors[failed[0] ?? '']),
      { cause: errors[failed[0] ?? ''] },
    );
    this.errors = errors;
  }
}

/** Whether the engine made the error, also after a replay, where only its code has survived. */
export function isWorkflowError(error: unknown, code?: WorkflowErrorCode): error is WorkflowError {
  if (typeof error !== 'object' || error === null) return false;
  if (!(brand in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
