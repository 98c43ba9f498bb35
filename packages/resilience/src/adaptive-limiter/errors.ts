import { RejectedError } from '../errors.ts';

/** An adaptive limiter refused the call: as many as the dependency can take now are in flight. */
export class ConcurrencyLimitError extends RejectedError {
  static {
    this.prototype.name = 'ConcurrencyLimitError';
  }

  constructor(message: string, policyName?: string) {
    super(message, { code: 'ERR_CONCURRENCY_LIMITED', policyName });
  }
}
