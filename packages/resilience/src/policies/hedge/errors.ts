import { ResilienceError } from '../../errors.ts';

/**
 * The abort reason for attempts of a hedged call that lost to another attempt. Only these attempts see
 * it, on their `context.signal`; callers never get it.
 */
export class HedgeLostError extends ResilienceError {
  static {
    this.prototype.name = 'HedgeLostError';
  }

  constructor(policyName?: string) {
    super(`Another attempt won the hedged call${policyName ? ` (${policyName})` : ''}`, {
      code: 'ERR_HEDGE_LOST',
      policyName,
    });
  }
}
