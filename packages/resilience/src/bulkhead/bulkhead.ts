import { acquire } from '../internal/permit.ts';
import type { Permit } from '../internal/permit.ts';
import type { Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { BulkheadGate } from './gate.ts';
import { readBulkheadOptions } from './options.ts';
import type { BulkheadOptions } from './options.ts';

/**
 * Bounds how many calls run at once, so that one slow dependency can't take every resource. Calls
 * beyond that wait in a queue, first come first served, or are refused with `BulkheadFullError`.
 *
 * A call that was accepted into the queue is never overtaken, and never refused later except by its
 * own `maxWait`; one that is cancelled leaves at once. A place is held until the function ends, also
 * where a timeout further out gave it up.
 *
 * @example
 * const bulkhead = new BulkheadPolicy({ maxConcurrent: 10, maxQueued: 50, maxWait: '1s' });
 */
export class BulkheadPolicy extends Policy {
  readonly #gate: BulkheadGate;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: BulkheadOptions) {
    const rules = readBulkheadOptions(options);
    super(rules.name, rules.clock);
    this.#gate = new BulkheadGate(rules, this.channel);
  }

  /** How many calls may run at once. */
  get maxConcurrent(): number {
    return this.#gate.rules.maxConcurrent;
  }

  /** How many calls hold a place. */
  get inFlight(): number {
    return this.#gate.held;
  }

  /** How many calls wait for one. */
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
    const { name, maxConcurrent, maxQueued, maxWait } = this.#gate.rules;
    return { type: 'bulkhead', name, maxConcurrent, maxQueued, maxWait };
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
