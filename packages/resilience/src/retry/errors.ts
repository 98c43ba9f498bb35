import { ResilienceError } from '../errors.ts';

/** Every attempt that a `RetryPolicy` allows has failed; `cause` is the last error. */
export class RetriesExceededError extends ResilienceError {
  static {
    this.prototype.name = 'RetriesExceededError';
  }

  /** How many attempts there were. */
  readonly attempts: number;

  constructor(attempts: number, cause: unknown, policyName?: string) {
    const last = cause instanceof Error ? cause.message : String(cause);
    super(`Gave up after ${String(attempts)} attempt${attempts === 1 ? '' : 's'}: ${last}`, {
      code: 'ERR_RETRIES_EXCEEDED',
      policyName,
      cause,
    });
    this.attempts = attempts;
  }
}
