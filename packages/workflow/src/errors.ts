/** What the constructors of this package's errors take in addition to a message. */
export interface WorkflowErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** Every code that an error of this package may have. */
export type WorkflowErrorCode =
  | 'ERR_CANCELLED'
  | 'ERR_COMPENSATED'
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
  | 'ERR_UNKNOWN_RUN'
  | 'ERR_UNKNOWN_STEP';

const brand = Symbol.for('@highway/workflow/error');

/**
 * The base class of all errors that the engine itself throws. The error of a step is never one: it
 * reaches the workflow with its own name, message and code.
 */
export class WorkflowError extends Error {
  static {
    this.prototype.name = 'WorkflowError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /**
   * Identifies the kind of error for programs. Unlike the message, it is stable, even after a
   * replay.
   */
  readonly code: WorkflowErrorCode;

  constructor(code: WorkflowErrorCode, message: string, options?: WorkflowErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A `ctx` operation was started while another one of the same run was still running. */
export class OverlapError extends WorkflowError {
  static {
    this.prototype.name = 'OverlapError';
  }

  constructor(requested: string, running: string) {
    super(
      'ERR_OVERLAP',
      `${requested} was started while ${running} is still running. A run executes one operation at a time, ` +
        'since a replay could mix up their results: await each operation, and use ctx.all or ctx.forEach ' +
        'for parallel work',
    );
  }
}

/** A workflow failed, and so did one or more of its compensations. */
export class CompensationError extends WorkflowError {
  static {
    this.prototype.name = 'CompensationError';
  }

  /** The compensations that failed, in the order in which they ran: newest step first. */
  readonly failures: readonly CompensationFailure[];

  /** `cause` is the error that made the workflow fail. */
  constructor(failures: readonly CompensationFailure[], cause: unknown) {
    const steps = failures.map(({ step }) => step).join(', ');
    super('ERR_COMPENSATION', `Could not compensate ${steps}: ${messageOf(failures[0]?.error)}`, {
      cause,
    });
    this.failures = failures;
  }
}

/** A compensation that failed for good. */
export interface CompensationFailure {
  /** The step that has not been compensated. */
  readonly step: string;
  /** The error of the compensation's last attempt. */
  readonly error: unknown;
}

/** A step was parked for longer than its `maxPark`. */
export class ParkExpiredError extends WorkflowError {
  static {
    this.prototype.name = 'ParkExpiredError';
  }

  /** The circuit that stayed open; empty if it has no name. */
  readonly circuit: string;

  constructor(step: string, circuit: string, maxParkMs: number) {
    const which = circuit === '' ? 'its circuit' : `the circuit "${circuit}"`;
    super('ERR_PARK_EXPIRED', `${step}: ${which} stayed open for more than ${maxParkMs} ms`);
    this.circuit = circuit;
  }
}

/** Too many child runs of a `ctx.all` failed. */
export class JoinError extends WorkflowError {
  static {
    this.prototype.name = 'JoinError';
  }

  /** The errors of the child runs that failed, by key. */
  readonly errors: Readonly<Record<string, unknown>>;

  constructor(name: string, needed: number, errors: Readonly<Record<string, unknown>>) {
    const failed = Object.keys(errors);
    super(
      'ERR_JOIN',
      `${name}: needs ${needed} child runs to succeed, but ${failed.join(', ')} failed: ` +
        messageOf(errors[failed[0] ?? '']),
      { cause: errors[failed[0] ?? ''] },
    );
    this.errors = errors;
  }
}

/**
 * Whether an error is the engine's own, even after a replay, when only its brand and code remain.
 */
export function isWorkflowError(error: unknown, code?: WorkflowErrorCode): error is WorkflowError {
  if (typeof error !== 'object' || error === null) return false;
  if (!(brand in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
