import { acquire } from '../internal/permit.ts';
import type { Permit } from '../internal/permit.ts';
import type { Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { RateLimiterGate } from './gate.ts';
import { readRateLimiterOptions } from './options.ts';
import type { RateLimiterOptions } from './options.ts';

/**
 * Bounds how many calls begin in a time: a bucket of `burst` permits that fills at `limit` for
 * `per`. Calls beyond that wait up to `maxWait`, first come first served, or are refused with
 * `RateLimitExceededError`. Who is cancelled while waiting takes no permit.
 *
 * @example
 * const limiter = new RateLimiterPolicy({ limit: 100, per: '1s', maxWait: '500ms' });
 */
export class RateLimiterPolicy extends Policy {
  readonly #gate: RateLimiterGate;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: RateLimiterOptions) {
    const rules = readRateLimiterOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new RateLimiterGate(rules, this.channel);
  }

  /** Milliseconds until a call that comes now would have its permit. */
  get retryAfter(): number {
    return this.#gate.retryAfter();
  }

  /** How many calls could begin now: up to `burst`. */
  get available(): number {
    return this.#gate.available();
  }

  /** How many calls wait for a permit. */
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
    const { name, limit, per, burst, maxWait } = this.#gate.rules;
    return { type: 'rateLimiter', name, limit, per, burst, maxWait };
  }

  /** Takes a permit for what is no function; `undefined` where there is none. Releasing refunds it. */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
