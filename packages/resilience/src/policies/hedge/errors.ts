import { ResilienceError } from '../../errors.ts';

/**
 * The abort reason for attempts of a hedged call that lost against another. Only these attempts see it,
 * on their `context.signal`; it is never thrown to callers.
 */
export class HedgeLostError extends ResilienceError {
  static {
    this.prototype.name = 'HedgeLostError';
  }

  constructor(policyName?: string) {
    super(`Another attempt settled the hedged call${policyName ? ` (${policyName})` : ''}`, {
      code: 'ERR_HEDGE_LOST',
      policyName,
    });
  }
}
