import { TimeoutExceededError } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { Deadlines } from '../../support/deadlines.ts';
import type { Deadline } from '../../support/deadlines.ts';
import type { GatedAttempt, Gate } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { readTimeoutOptions } from './options.ts';
import type { TimeoutOptions, TimeoutRule } from './options.ts';

/**
 * Limits how long a call may take. At the deadline the call rejects with a `TimeoutExceededError`, even if
 * the function ignores its signal, and `context.signal` aborts with the same error. If the caller aborts,
 * the call rejects at once with the caller's reason.
 *
 * JavaScript cannot stop the function itself. Policies further in that limit concurrency, such as a
 * bulkhead, keep the call's slot taken until the function ends. All calls share one timer, which is set
 * only while calls run.
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
    const timeout = typeof rule === 'number' ? rule : undefined;
    return { type: 'timeout', name: channel.policyName, timeout };
  }

  /** @internal */
  get [stage](): Gate {
    return this.#gate;
  }
}

class TimeoutGate implements Gate<TimeoutTicket> {
  readonly kind = 'gate';
  readonly interrupts = true;
  readonly rule: TimeoutRule;
  readonly channel: Channel;
  readonly #deadlines: Deadlines;

  constructor(rule: TimeoutRule, channel: Channel) {
    this.rule = rule;
    this.channel = channel;
    this.#deadlines = new Deadlines(channel.clock);
  }

  enter(gated: GatedAttempt): TimeoutTicket {
    const { rule } = this;
    const timeoutMs = typeof rule === 'number' ? rule : rule(gated.context());
    const now = this.channel.clock.now();
    const ticket = new TimeoutTicket(this, gated, timeoutMs, now);
    if (timeoutMs !== Infinity) this.#deadlines.add(ticket, now);
    return ticket;
  }

  succeeded(ticket: TimeoutTicket): void {
    this.#deadlines.remove(ticket);
    this.channel.ended(ticket.gated.attempt, ticket.startedAt, undefined, ticket.gated);
  }

  failed(ticket: TimeoutTicket, error: unknown): void {
    this.#deadlines.remove(ticket);
    this.channel.ended(ticket.gated.attempt, ticket.startedAt, { error }, ticket.gated);
  }

  abandoned(ticket: TimeoutTicket): boolean {
    this.#deadlines.remove(ticket);
    return true;
  }

  released(ticket: TimeoutTicket): void {
    this.#deadlines.remove(ticket);
  }

  disarm(ticket: TimeoutTicket): void {
    this.#deadlines.remove(ticket);
  }
}

/**
 * An attempt under a timeout: one of the deadlines. Its members are `private` to the compiler only, as an
 * attempt's are, because it is made on every call.
 */
class TimeoutTicket implements Deadline {
  index = -1;
  readonly at: number;
  readonly startedAt: number;
  readonly gated: GatedAttempt;
  private readonly gate: TimeoutGate;
  private readonly position: number;
  private readonly timeoutMs: number;

  constructor(gate: TimeoutGate, gated: GatedAttempt, timeoutMs: number, now: number) {
    this.gate = gate;
    this.gated = gated;
    this.position = gated.position;
    this.timeoutMs = timeoutMs;
    this.startedAt = now;
    this.at = now + timeoutMs;
  }

  expire(): void {
    const { gate, timeoutMs } = this;
    const { channel } = gate;
    this.gated.giveUp(
      this.position,
      new TimeoutExceededError(timeoutMs, channel.policyName),
      () => {
        const { gated } = this;
        if (channel.active) channel.emit('timeout', { attempt: gated.attempt, timeoutMs }, gated);
      },
    );
  }
}
