import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { TimeoutGate } from './gate.ts';
import { readTimeoutOptions, timeoutSettings } from './options.ts';
import type { TimeoutOptions } from './options.ts';

/**
 * Limits how long a call may take. At the deadline the call rejects with a `TimeoutExceededError`, even if
 * the function ignores its signal, and `context.signal` aborts with the same error. If the caller aborts,
 * the call rejects at once with the caller's reason.
 *
 * JavaScript cannot stop the function itself. Inner policies that limit concurrency, such as a bulkhead,
 * keep the call's slot taken until the function ends. All calls share one timer, which is set only while
 * calls run.
 *
 * @example
 * const timeout = new TimeoutPolicy({ timeout: '2s' });
 * const response = await timeout.execute(async ({ signal }) => {
 *   const response = await fetch(url, { signal });
 *   if (!response.ok) throw new Error(`HTTP ${response.status}`);
 *   return response;
 * });
 */
export class TimeoutPolicy extends Policy {
  readonly #gate: TimeoutGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: TimeoutOptions) {
    const { name, clock, timeout } = readTimeoutOptions(options);
    super(name, clock);
    this.#gate = new TimeoutGate(timeout, this.channel);
  }

  get type(): 'timeout' {
    return 'timeout';
  }

  get settings(): PolicySettings {
    const { rule, channel } = this.#gate;
    return timeoutSettings(channel.policyName, rule);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
