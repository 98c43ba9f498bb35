import { acquire } from '../internal/permit.ts';
import type { Permit } from '../internal/permit.ts';
import type { Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { AdaptiveThrottlerGate } from './gate.ts';
import { readAdaptiveThrottlerOptions } from './options.ts';
import type { AdaptiveThrottlerOptions } from './options.ts';

/**
 * Refuses a share of the calls that grows with the share that failed lately, so that a dependency
 * which is failing gets fewer of them, and more again as it recovers. Refused calls throw
 * `ThrottledError` at once. Unlike a circuit breaker it never refuses all.
 *
 * A call costs constant time, the policy constant memory, and it sets no timer.
 *
 * @example
 * const throttler = new AdaptiveThrottlerPolicy({ window: '30s', maxRejectionRate: 0.8 });
 */
export class AdaptiveThrottlerPolicy extends Policy {
  readonly #gate: AdaptiveThrottlerGate;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: AdaptiveThrottlerOptions = {}) {
    const rules = readAdaptiveThrottlerOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new AdaptiveThrottlerGate(rules, this.channel);
  }

  /** The share of calls that is refused now, from 0 to `maxRejectionRate`. */
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
    const { name, window, failureTolerance, maxRejectionRate } = this.#gate.rules;
    return { type: 'adaptiveThrottler', name, window, failureTolerance, maxRejectionRate };
  }

  /** Lets one call in that is no function; `undefined` where it is refused. */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
