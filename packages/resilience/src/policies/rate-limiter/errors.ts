import { RejectedError } from '../../errors.ts';

/** A rate limiter rejected the call: it would have no permit within `maxWait`. */
export class RateLimitExceededError extends RejectedError {
  static {
    this.prototype.name = 'RateLimitExceededError';
  }

  /** How many ms from now a call could start, if no other call comes first. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number, policyName?: string) {
    super(message, { code: 'ERR_RATE_LIMITED', policyName });
    this.retryAfter = retryAfter;
  }
}
