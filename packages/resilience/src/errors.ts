import { errorToJSON } from './internal/inspect.ts';
import { look } from './internal/foreign.ts';

/** What the constructors of errors take beside their message. */
export interface ResilienceErrorOptions {
  /** Which kind it is, for programs: stable, unlike the message. */
  readonly code: string;
  /** The name of the policy that made the error, where it has one. */
  readonly policyName?: string | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

// On the prototypes, these mark the errors of every copy of this package in the process.
const resilienceBrand = Symbol.for('@highway/resilience/error');
const rejectedBrand = Symbol.for('@highway/resilience/rejected');

/**
 * The base of every error that a policy makes. What the protected function throws is never one, and
 * reaches the caller as it is.
 */
export class ResilienceError extends Error {
  static {
    this.prototype.name = 'ResilienceError';
    Object.defineProperty(this.prototype, resilienceBrand, { value: true });
  }

  /** Which kind it is, for programs: stable, unlike the message. */
  readonly code: string;
  /** The name of the policy that made the error; `undefined` where it has none. */
  readonly policyName: string | undefined;

  constructor(message: string, options: ResilienceErrorOptions) {
    super(message);
    this.code = options.code;
    this.policyName = options.policyName;
    if ('cause' in options) hide(this, 'cause', options.cause);
  }

  /** What logs show of the error: all that it says, and of its cause the name and the message. */
  toJSON(): object {
    const { name, message } = this;
    const said = Object.fromEntries(Object.entries(this));
    // Some engines list the stack among what an error says; it is no part of that.
    return { name, message, ...said, stack: undefined, cause: errorToJSON(this.cause) };
  }
}

/**
 * The base of every rejection: a call that a policy refused to run. Made in great numbers when a
 * service is down, it carries no stack trace unless `RejectedError.stackTraces` asks for one.
 */
export class RejectedError extends ResilienceError {
  static {
    this.prototype.name = 'RejectedError';
    Object.defineProperty(this.prototype, rejectedBrand, { value: true });
  }

  /** Set it to `true` while debugging: rejections then say where they were made. */
  static stackTraces = false;

  constructor(message: string, options: ResilienceErrorOptions) {
    const limit = stopTraces();
    super(message, options);
    if (limit !== undefined) traces.stackTraceLimit = limit;
  }
}

/**
 * A call that took longer than a `TimeoutPolicy` allows. Not a rejection: the call ran. It lives
 * here because the policies inside a timeout must tell it from the caller's own abort.
 */
export class TimeoutExceededError extends ResilienceError {
  static {
    this.prototype.name = 'TimeoutExceededError';
  }

  /** The time allowed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, policyName?: string) {
    super(`No result within ${String(timeoutMs)} ms${policyName ? ` (${policyName})` : ''}`, {
      code: 'ERR_TIMEOUT',
      policyName,
    });
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Whether a policy refused to run the call: true for the rejections of every copy of this package,
 * false for everything else that JavaScript can throw.
 */
export function isRejection(error: unknown): error is RejectedError {
  return branded(error, rejectedBrand);
}

/** Whether a policy of any copy of this package made the error. */
export function isResilienceError(error: unknown): error is ResilienceError {
  return branded(error, resilienceBrand);
}

/**
 * Whether a `TimeoutPolicy`, of any copy of this package, gave the call up: the error is its
 * `TimeoutExceededError`, or was caused by one, such as the `RetriesExceededError` of a retry whose
 * last attempt took too long.
 */
export function isTimeout(error: unknown): boolean {
  let at = error;
  // A bound, since anybody may write a circle of causes, or one that never ends.
  for (let depth = 0; depth < 100 && at !== undefined; depth++) {
    if (isTimeoutItself(at)) return true;
    at = look(at, 'cause');
  }
  return false;
}

/** Whether an error is that of a `TimeoutPolicy`: what a policy ends attempts with. */
export function isTimeoutItself(error: unknown): error is TimeoutExceededError {
  return isResilienceError(error) && look(error, 'code') === 'ERR_TIMEOUT';
}

/**
 * Whether an error says that somebody stopped waiting: a timeout, of a policy or of the platform, or
 * an abort. How long the call had taken by then is no latency: it is the least that it would have
 * taken.
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
 * Whether an error says that a policy refused to run the last attempt: a rejection, or the error of
 * a retry that had to do with nothing else in the end. Either is no outcome of the dependency.
 */
export function endedInRejection(error: unknown): boolean {
  let at = error;
  // As deep as retries may be nested; a bound, since anybody may write a circle of causes.
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
