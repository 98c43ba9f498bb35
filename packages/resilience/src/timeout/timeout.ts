import { TimeoutExceededError } from '../errors.ts';
import type { Channel } from '../events.ts';
import { Deadlines } from '../internal/deadlines.ts';
import type { Deadline } from '../internal/deadlines.ts';
import type { Entry, Gate } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { readTimeoutOptions } from './options.ts';
import type { TimeoutOptions, TimeoutRule } from './options.ts';

/**
 * Gives a call up when it takes too long: it rejects with `TimeoutExceededError` at the deadline,
 * even where the function ignores its signal, and `context.signal` aborts with that same error. The
 * caller's own abort rejects at once too, with the caller's reason.
 *
 * The function itself can't be stopped from outside; policies further in that must know when it
 * ends, such as a bulkhead, hold its place until it does. All calls share one armed timer, and none
 * is armed while no call is under way.
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

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
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

  enter(entry: Entry): TimeoutTicket {
    const { rule } = this;
    const timeoutMs = typeof rule === 'number' ? rule : rule(entry.context());
    const now = this.channel.clock.now();
    const ticket = new TimeoutTicket(this, entry, timeoutMs, now);
    if (timeoutMs !== Infinity) this.#deadlines.add(ticket, now);
    return ticket;
  }

  succeeded(ticket: TimeoutTicket): void {
    this.#deadlines.remove(ticket);
    this.channel.ended(ticket.entry.attempt, ticket.startedAt, undefined, ticket.entry);
  }

  failed(ticket: TimeoutTicket, error: unknown): void {
    this.#deadlines.remove(ticket);
    this.channel.ended(ticket.entry.attempt, ticket.startedAt, { error }, ticket.entry);
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
 * An attempt under a timeout: its place among the deadlines. Private to the compiler only, as an
 * attempt's members are: it is made on every call.
 */
class TimeoutTicket implements Deadline {
  place = -1;
  readonly at: number;
  readonly startedAt: number;
  readonly entry: Entry;
  private readonly gate: TimeoutGate;
  private readonly position: number;
  private readonly timeoutMs: number;

  constructor(gate: TimeoutGate, entry: Entry, timeoutMs: number, now: number) {
    this.gate = gate;
    this.entry = entry;
    this.position = entry.position;
    this.timeoutMs = timeoutMs;
    this.startedAt = now;
    this.at = now + timeoutMs;
  }

  expire(): void {
    const { gate, timeoutMs } = this;
    const { channel } = gate;
    this.entry.giveUp(
      this.position,
      new TimeoutExceededError(timeoutMs, channel.policyName),
      () => {
        const { entry } = this;
        if (channel.active) channel.emit('timeout', { attempt: entry.attempt, timeoutMs }, entry);
      },
    );
  }
}
