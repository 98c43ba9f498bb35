import { ResilienceError } from '../errors.ts';
import { messageOf } from '../internal/describe.ts';

/** How many errors a `RetriesExceededError` keeps at most: the last ones. */
export const keptErrors = 10;

/** Every attempt that a `RetryPolicy` allows has failed; `cause` is the last error. */
export class RetriesExceededError extends ResilienceError {
  static {
    this.prototype.name = 'RetriesExceededError';
  }

  /** How many attempts there were. */
  readonly attempts: number;
  /** What the attempts threw, the last ten at most, oldest first. */
  declare readonly errors: readonly unknown[];

  /** `errors` are those of the attempts, `cause` among them; default: `cause` alone. */
  constructor(
    attempts: number,
    cause: unknown,
    policyName?: string,
    errors: readonly unknown[] = [cause],
  ) {
    const times = `${String(attempts)} attempt${attempts === 1 ? '' : 's'}`;
    super(`Gave up after ${times}: ${messageOf(cause)}`, {
      code: 'ERR_RETRIES_EXCEEDED',
      policyName,
      cause,
    });
    this.attempts = attempts;
    // As an `AggregateError` has them: hosts show them, and they are no part of its plain data.
    const kept = Object.freeze(errors.slice(-keptErrors));
    Object.defineProperty(this, 'errors', { value: kept, configurable: true, writable: true });
  }
}
