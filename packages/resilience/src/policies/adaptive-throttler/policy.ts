import { acquire } from '../../pipeline/permit.ts';
import type { Permit } from '../../pipeline/permit.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { AdaptiveThrottlerGate } from './gate.ts';
import { adaptiveThrottlerSettings, readAdaptiveThrottlerOptions } from './options.ts';
import type { AdaptiveThrottlerOptions } from './options.ts';

/**
 * Rejects a share of the calls that grows with the recent failure rate, so a failing dependency gets fewer
 * calls, and more again as it recovers. Rejected calls throw a `ThrottledError` at once. Unlike a circuit
 * breaker, it never rejects all calls.
 *
 * Takes constant time per call and constant memory, and sets no timer.
 *
 * @example
 * const throttler = new AdaptiveThrottlerPolicy({ window: '30s', maxRejectionRate: 0.8 });
 */
export class AdaptiveThrottlerPolicy extends Policy {
  readonly #gate: AdaptiveThrottlerGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: AdaptiveThrottlerOptions = {}) {
    const rules = readAdaptiveThrottlerOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new AdaptiveThrottlerGate(rules, this.channel);
  }

  /** The share of calls that is currently rejected: from 0 to `maxRejectionRate`. */
  get rejectionRate(): number {
    return this.#gate.machine.rejectionRate;
  }

  get type(): 'adaptiveThrottler' {
    return 'adaptiveThrottler';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { rejectionRate: this.rejectionRate };
  }

  get settings(): PolicySettings {
    return adaptiveThrottlerSettings(this.#gate.rules);
  }

  /**
   * Acquires a permit for work that is not a function call, or returns `undefined` if the work is
   * rejected.
   */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
