import { ResilienceError } from '../../errors.ts';
import { messageOf } from '../../support/describe.ts';
import { discard, disposeSymbol } from '../../support/dispose.ts';

/** How many errors a `RetriesExceededError` keeps: the last ones. */
export const keptErrors = 10;

/**
 * All attempts of a `RetryPolicy` failed. `cause` is the last error. If a policy further out discards it, as
 * another retry may, its `cause` is disposed of.
 */
export class RetriesExceededError extends ResilienceError {
  static {
    this.prototype.name = 'RetriesExceededError';
    // Not declared, because the types of users may not have the symbol.
    Object.defineProperty(this.prototype, disposeSymbol, {
      value(this: RetriesExceededError) {
        discard(this.cause, true);
      },
    });
  }

  /** The number of attempts. */
  readonly attempts: number;
  /** The errors of the last ten attempts, oldest first. All but `cause` are disposed of if they are disposable. */
  declare readonly errors: readonly unknown[];

  /** `errors` are those of the attempts, including `cause`. Default: only `cause`. */
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
    // Not enumerable, as in an `AggregateError`: hosts show them, and JSON does not.
    const kept = Object.freeze(errors.slice(-keptErrors));
    Object.defineProperty(this, 'errors', { value: kept, configurable: true, writable: true });
  }
}
