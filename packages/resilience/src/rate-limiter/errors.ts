import { RejectedError } from '../errors.ts';

/** A rate limiter refused the call: there is no permit, or not within `maxWait`. */
export class RateLimitExceededError extends RejectedError {
  static {
    this.prototype.name = 'RateLimitExceededError';
  }

  /** Milliseconds until a call that comes then would have a permit, if none comes before it. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number, policyName?: string) {
    super(message, { code: 'ERR_RATE_LIMITED', policyName });
    this.retryAfter = retryAfter;
  }
}
