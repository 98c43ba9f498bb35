import { acquire } from '../../pipeline/permit.ts';
import type { Permit } from '../../pipeline/permit.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { RateLimiterGate } from './gate.ts';
import { rateLimiterSettings, readRateLimiterOptions } from './options.ts';
import type { RateLimiterOptions } from './options.ts';

/**
 * Limits how many calls start within a period: a bucket of up to `burst` permits that refills at the
 * rate of `limit` per `per`. Further calls wait up to `maxWait`, first come, first served, or are
 * rejected with a `RateLimitExceededError`. A call that is cancelled while it waits uses no permit.
 *
 * @example
 * const limiter = new RateLimiterPolicy({ limit: 100, per: '1s', maxWait: '500ms' });
 */
export class RateLimiterPolicy extends Policy {
  readonly #gate: RateLimiterGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: RateLimiterOptions) {
    const rules = readRateLimiterOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new RateLimiterGate(rules, this.channel);
  }

  /** How long a call that comes now would have to wait, in ms. */
  get retryAfter(): number {
    return this.#gate.retryAfter();
  }

  /** How many calls could start now, up to `burst`. */
  get available(): number {
    return this.#gate.available();
  }

  /** How many calls wait in the queue. */
  get queued(): number {
    return this.#gate.queue.length;
  }

  get type(): 'rateLimiter' {
    return 'rateLimiter';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { available: this.available, queued: this.queued };
  }

  get settings(): PolicySettings {
    return rateLimiterSettings(this.#gate.rules);
  }

  /**
   * Acquires a permit for work that is not a function call, or returns `undefined` if there is none.
   * Releasing the permit refunds it.
   */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
