import { acquire } from '../../pipeline/permit.ts';
import type { Permit } from '../../pipeline/permit.ts';
import type { Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { BulkheadGate } from './gate.ts';
import { bulkheadSettings, readBulkheadOptions } from './options.ts';
import type { BulkheadOptions } from './options.ts';

/**
 * Limits how many calls run at the same time, so one slow dependency cannot use up all resources. Further
 * calls wait in a queue, first come, first served, or are rejected with a `BulkheadFullError`.
 *
 * A queued call is never overtaken, and is rejected later only when its `maxWait` is over. A cancelled one
 * leaves the queue at once. A call holds its slot until the function ends, even if an outer timeout has
 * ended the call.
 *
 * @example
 * const bulkhead = new BulkheadPolicy({ maxConcurrent: 10, maxQueued: 50, maxWait: '1s' });
 */
export class BulkheadPolicy extends Policy {
  readonly #gate: BulkheadGate;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: BulkheadOptions) {
    const rules = readBulkheadOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new BulkheadGate(rules, this.channel);
  }

  /** How many calls may run at the same time. */
  get maxConcurrent(): number {
    return this.#gate.rules.maxConcurrent;
  }

  /** How many calls hold a slot. */
  get inFlight(): number {
    return this.#gate.held;
  }

  /** How many calls wait for a slot. */
  get queued(): number {
    return this.#gate.queue.length;
  }

  get type(): 'bulkhead' {
    return 'bulkhead';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { inFlight: this.inFlight, queued: this.queued };
  }

  get settings(): PolicySettings {
    return bulkheadSettings(this.#gate.rules);
  }

  /** Acquires a permit for work that is not a function call, or returns `undefined` if no slot is free. */
  tryAcquire(): Permit | undefined {
    return acquire(this.#gate);
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}
