import { acquire } from '../internal/permit.ts';
import type { Permit } from '../internal/permit.ts';
import type { Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { AdaptiveLimiterGate } from './gate.ts';
import { readAdaptiveLimiterOptions } from './options.ts';
import type { AdaptiveLimiterOptions } from './options.ts';

/**
 * Bounds how many calls run at once by a limit that it finds itself: it grows while the dependency
 * answers as fast as it does without a queue, and falls when calls begin to wait there. Calls beyond
 * the limit are refused at once with `ConcurrencyLimitError`, those that matter least first.
 *
 * A place is held until the function ends, also where a timeout further out gave it up. A call costs
 * constant time, the policy constant memory, and it sets no timer.
 *
 * @example
 * const limiter = new AdaptiveLimiterPolicy({
 *   maxLimit: 100,
 *   priority: ({ attempt }) => (attempt > 1 ? 'low' : 'normal'),
 * });
 */
export class AdaptiveLimiterPolicy extends Policy {
  readonly #gate: AdaptiveLimiterGate;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: AdaptiveLimiterOptions = {}) {
    const rules = readAdaptiveLimiterOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new AdaptiveLimiterGate(rules, this.channel);
  }

  /** How many calls may run at once now. */
  get limit(): number {
    return this.#gate.machine.limit;
  }

  /** How many calls hold a place. */
  get inFlight(): number {
    return this.#gate.machine.inFlight;
  }

  get type(): 'adaptiveLimiter' {
    return 'adaptiveLimiter';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { limit: this.limit, inFlight: this.inFlight };
  }

  get settings(): PolicySettings {
    const { name, minLimit, maxLimit, initialLimit, latencyTolerance } = this.#gate.rules;
    return { type: 'adaptiveLimiter', name, minLimit, maxLimit, initialLimit, latencyTolerance };
  }

  /** Takes a place for what is no function; `undefined` where there is none free. */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
