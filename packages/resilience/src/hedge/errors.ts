import { ResilienceError } from '../errors.ts';

/**
 * Why the signal of a hedged attempt aborts when another has settled the call. No caller gets it:
 * it is for the attempts that lost.
 */
export class HedgeLostError extends ResilienceError {
  static {
    this.prototype.name = 'HedgeLostError';
  }

  constructor(policyName?: string) {
    super(
      `Given up: another attempt settled the hedged call${policyName ? ` (${policyName})` : ''}`,
      { code: 'ERR_HEDGE_LOST', policyName },
    );
  }
}
