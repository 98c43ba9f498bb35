import { acquire } from '../../pipeline/permit.ts';
import type { Permit } from '../../pipeline/permit.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { AdaptiveLimiterGate } from './gate.ts';
import {
  adaptiveLimiterSettings,
  readAcquireOptions,
  readAdaptiveLimiterOptions,
} from './options.ts';
import type { AdaptiveLimiterOptions, Priority } from './options.ts';

/**
 * Limits how many calls run at the same time, and finds the limit itself: the limit grows while the
 * dependency responds as fast as without a queue, and falls when the latency rises. Calls above the limit are
 * rejected at once with a `ConcurrencyLimitError`, those with the lowest priority first.
 *
 * A call holds its slot until the function ends, even if an outer timeout has ended the call. Takes constant
 * time per call and constant memory, and sets no timer.
 *
 * @example
 * const limiter = new AdaptiveLimiterPolicy({
 *   maxLimit: 100,
 *   priority: ({ attempt }) => (attempt > 1 ? 'low' : 'normal'),
 * });
 */
export class AdaptiveLimiterPolicy extends Policy {
  readonly #gate: AdaptiveLimiterGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: AdaptiveLimiterOptions = {}) {
    const rules = readAdaptiveLimiterOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new AdaptiveLimiterGate(rules, this.channel);
  }

  /** How many calls may currently run at the same time. */
  get limit(): number {
    return this.#gate.machine.limit;
  }

  /** How many calls hold a slot. */
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
    return adaptiveLimiterSettings(this.#gate.rules);
  }

  /**
   * Acquires a permit for work that is not a function call, or returns `undefined` if no slot is free for its
   * priority. Default: as for a call, what the option `priority` returns; without that option, it may use all slots,
   * as `'critical'`. Throws a `TypeError` for what is not a priority.
   *
   * @example
   * using permit = limiter.tryAcquire({ priority: 'low' });
   */
  tryAcquire(options?: { readonly priority?: Priority | undefined }): Permit | undefined {
    const gate = this.#gate;
    const rank = options === undefined ? undefined : readAcquireOptions(options);
    return rank === undefined ? acquire(gate) : acquire(gate, (gated) => gate.enter(gated, rank));
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
