import { TimeoutExceededError } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import type { GatedAttempt, Gate } from '../../pipeline/stage.ts';
import { Deadlines } from '../../support/deadlines.ts';
import type { Deadline } from '../../support/deadlines.ts';
import type { TimeoutRule } from './options.ts';

/** Gives attempts up at their deadlines. */
export class TimeoutGate implements Gate<TimeoutTicket> {
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

  rearm(ticket: TimeoutTicket): boolean {
    const now = this.channel.clock.now();
    const isDue = ticket.at <= now;
    if (isDue) ticket.expire();
    else if (ticket.at !== Infinity) this.#deadlines.add(ticket, now);
    return isDue;
  }
}

/**
 * An attempt under a timeout. Its members are private to the compiler only, as those of `Attempt` are, because
 * every call makes one.
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
