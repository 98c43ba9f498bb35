import { errorToJSON } from './support/inspect.ts';
import { look } from './support/foreign.ts';

/** Options of the error constructors. */
export interface ResilienceErrorOptions {
  /** Identifies the kind of error. Stable, unlike the message. */
  readonly code: string;
  /** The name of the policy that created the error, if it has one. */
  readonly policyName?: string | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

// On the prototypes, these mark the errors of every copy of this package in the process.
const resilienceBrand = Symbol.for('@highway/resilience/error');
const rejectedBrand = Symbol.for('@highway/resilience/rejected');

/**
 * The base class of every error that a policy creates. Errors of the protected function reach the caller
 * unchanged, except that a retry wraps the last one in a `RetriesExceededError`.
 */
export class ResilienceError extends Error {
  static {
    this.prototype.name = 'ResilienceError';
    Object.defineProperty(this.prototype, resilienceBrand, { value: true });
  }

  /** Identifies the kind of error. Stable, unlike the message. */
  readonly code: string;
  /** The name of the policy that created the error, or `undefined` if it has none. */
  readonly policyName: string | undefined;

  constructor(message: string, options: ResilienceErrorOptions) {
    super(message);
    this.code = options.code;
    this.policyName = options.policyName;
    if ('cause' in options) hide(this, 'cause', options.cause);
  }

  /** The error as plain data for logs: its own properties, and the name and message of its cause. */
  toJSON(): object {
    const { name, message } = this;
    const own = Object.fromEntries(Object.entries(this));
    // Some engines list the stack among the own properties.
    return { name, message, ...own, stack: undefined, cause: errorToJSON(this.cause) };
  }
}

/**
 * The base class of every rejection: a policy did not run the call. There can be many rejections while
 * a service is down, so they have no stack trace unless `RejectedError.stackTraces` is true.
 */
export class RejectedError extends ResilienceError {
  static {
    this.prototype.name = 'RejectedError';
    Object.defineProperty(this.prototype, rejectedBrand, { value: true });
  }

  /** Whether rejections have a stack trace. Set it to `true` for debugging. */
  static stackTraces = false;

  constructor(message: string, options: ResilienceErrorOptions) {
    const limit = stopTraces();
    super(message, options);
    if (limit !== undefined) traces.stackTraceLimit = limit;
  }
}

/**
 * A call took longer than a `TimeoutPolicy` allows. This is not a rejection: the call ran.
 */
export class TimeoutExceededError extends ResilienceError {
  static {
    this.prototype.name = 'TimeoutExceededError';
  }

  /** The time allowed, in ms. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, policyName?: string) {
    super(
      `The call timed out after ${String(timeoutMs)} ms${policyName ? ` (${policyName})` : ''}`,
      {
        code: 'ERR_TIMEOUT',
        policyName,
      },
    );
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Whether a policy rejected the call. Returns false for anything else that was thrown. Works across
 * copies of the package.
 */
export function isRejection(error: unknown): error is RejectedError {
  return branded(error, rejectedBrand);
}

/** Whether a policy created the error. Works across copies of the package. */
export function isResilienceError(error: unknown): error is ResilienceError {
  return branded(error, resilienceBrand);
}

/**
 * Whether a call timed out: the error is a `TimeoutExceededError` or was caused by one, such as the
 * `RetriesExceededError` of a retry whose last attempt timed out. Works across copies of the package.
 */
export function isTimeout(error: unknown): boolean {
  let at = error;
  // Bounded, because causes can form a cycle or an endless chain.
  for (let depth = 0; depth < 100 && at !== undefined; depth++) {
    if (isTimeoutItself(at)) return true;
    at = look(at, 'cause');
  }
  return false;
}

/** Whether an error is itself a `TimeoutExceededError`, not just caused by one. */
export function isTimeoutItself(error: unknown): error is TimeoutExceededError {
  return isResilienceError(error) && look(error, 'code') === 'ERR_TIMEOUT';
}

/**
 * Whether an error says that the call was cut short: by a timeout, of a policy or of the platform, or
 * by an abort. Its duration until then is only a lower bound of its latency.
 */
export function isCutShort(error: unknown): boolean {
  if (isTimeout(error)) return true;
  try {
    const { name } = Object(error) as { name?: unknown };
    return name === 'TimeoutError' || name === 'AbortError';
  } catch {
    return false;
  }
}

/**
 * Whether an error says that a policy rejected the last attempt: a rejection, or the error of a retry
 * that a rejection ended. Neither is an outcome of the dependency.
 */
export function endedInRejection(error: unknown): boolean {
  let at = error;
  // As deep as retries are nested at most. Bounded, because causes can form a cycle.
  for (let depth = 0; depth < 16; depth++) {
    if (!isResilienceError(at) || look(at, 'code') !== 'ERR_RETRIES_EXCEEDED') break;
    at = look(at, 'cause');
  }
  return isRejection(at);
}

function branded(error: unknown, brand: symbol): boolean {
  return typeof error === 'object' && look(error, brand) === true;
}

function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}

const traces = Error as { stackTraceLimit?: number };

// Engines that follow V8 read the limit when the error is made; where it is missing or frozen, the
// trace stays.
const canStopTraces = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

function stopTraces(): number | undefined {
  if (!canStopTraces || RejectedError.stackTraces) return undefined;
  const limit = traces.stackTraceLimit;
  traces.stackTraceLimit = 0;
  return limit;
}
