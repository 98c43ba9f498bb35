import { RejectedError } from '../../errors.ts';

/** An adaptive limiter rejected the call: its concurrency limit is reached. */
export class ConcurrencyLimitError extends RejectedError {
  static {
    this.prototype.name = 'ConcurrencyLimitError';
  }

  constructor(message: string, policyName?: string) {
    super(message, { code: 'ERR_CONCURRENCY_LIMITED', policyName });
  }
}
