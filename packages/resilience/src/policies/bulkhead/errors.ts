import { RejectedError } from '../../errors.ts';

/** A bulkhead rejected the call: its slots and its queue are full, or the wait took too long. */
export class BulkheadFullError extends RejectedError {
  static {
    this.prototype.name = 'BulkheadFullError';
  }

  constructor(message: string, policyName?: string) {
    super(message, { code: 'ERR_BULKHEAD_FULL', policyName });
  }
}
