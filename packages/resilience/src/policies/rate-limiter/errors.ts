import { RejectedError } from '../../errors.ts';

/** A rate limiter rejected the call: its turn would not come within `maxWait`. */
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
