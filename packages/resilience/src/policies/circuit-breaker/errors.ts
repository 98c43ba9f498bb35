import { RejectedError } from '../../errors.ts';

/** A circuit breaker rejected the call: the function was not called. */
export class CircuitOpenError extends RejectedError {
  static {
    this.prototype.name = 'CircuitOpenError';
  }

  /**
   * How long to wait, in ms. While OPEN: until trial calls are allowed. While HALF_OPEN: until the oldest
   * trial call loses its slot. While ISOLATED: `Infinity`.
   */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number, policyName?: string) {
    super(message, { code: 'ERR_CIRCUIT_OPEN', policyName });
    this.retryAfter = retryAfter;
  }
}
