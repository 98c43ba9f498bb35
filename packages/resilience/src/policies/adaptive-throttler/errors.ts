import { RejectedError } from '../../errors.ts';

/** An adaptive throttler rejected the call: too many recent calls failed. */
export class ThrottledError extends RejectedError {
  static {
    this.prototype.name = 'ThrottledError';
  }

  constructor(message: string, policyName?: string) {
    super(message, { code: 'ERR_THROTTLED', policyName });
  }
}
