import { RejectedError } from '../errors.ts';

/** A circuit breaker refused the call: the function was not called. */
export class CircuitOpenError extends RejectedError {
  static {
    this.prototype.name = 'CircuitOpenError';
  }

  /**
   * Milliseconds until test calls are allowed; while HALF_OPEN until the oldest test call loses its
   * place; while isolated `Infinity`.
   */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number, policyName?: string) {
    super(message, { code: 'ERR_CIRCUIT_OPEN', policyName });
    this.retryAfter = retryAfter;
  }
}
