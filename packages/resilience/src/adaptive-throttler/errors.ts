import { RejectedError } from '../errors.ts';

/** An adaptive throttler refused the call: too many of the last ones failed. */
export class ThrottledError extends RejectedError {
  static {
    this.prototype.name = 'ThrottledError';
  }

  constructor(message: string, policyName?: string) {
    super(message, { code: 'ERR_THROTTLED', policyName });
  }
}
