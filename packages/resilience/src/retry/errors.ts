import { ResilienceError } from '../errors.ts';
import { describe } from '../internal/options.ts';

/** Every attempt that a `RetryPolicy` allows has failed; `cause` is the last error. */
export class RetriesExceededError extends ResilienceError {
  static {
    this.prototype.name = 'RetriesExceededError';
  }

  /** How many attempts there were. */
  readonly attempts: number;

  constructor(attempts: number, cause: unknown, policyName?: string) {
    const times = `${String(attempts)} attempt${attempts === 1 ? '' : 's'}`;
    super(`Gave up after ${times}: ${messageOf(cause)}`, {
      code: 'ERR_RETRIES_EXCEEDED',
      policyName,
      cause,
    });
    this.attempts = attempts;
  }
}

/** Says what was thrown, whatever that is: not everything can be made a text by `String`. */
function messageOf(cause: unknown): string {
  if (typeof cause === 'string') return cause;
  const { message } = Object(cause) as { message?: unknown };
  return typeof message === 'string' ? message : describe(cause);
}
