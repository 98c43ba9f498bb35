import { endedInRejection, isCutShort, isTimeoutItself } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { invalid } from '../../support/options.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { ConcurrencyLimitError } from './errors.ts';
import { LimitMachine } from './machine.ts';
import { priorities } from './options.ts';
import type { AdaptiveLimiterRules } from './options.ts';

/** A call that was let in and timed. */
interface Ticket {
  readonly attempt: number;
  readonly callId: number | undefined;
  readonly startedAt: number;
  /** Its outcome is known, or is none: it only holds its slot still. */
  over: boolean;
}

/** An adaptive limiter's part in a pipeline: times calls, judges outcomes, tells of them. */
export class AdaptiveLimiterGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: AdaptiveLimiterRules;
  readonly machine: LimitMachine;
  readonly #channel: Channel;
  readonly #message: string;
  readonly #lane: Lane;
  /** How many calls go untimed before the next that is timed. */
  #untimed = 0;

  constructor(rules: AdaptiveLimiterRules, channel: Channel) {
    const machine = new LimitMachine(rules);
    this.rules = rules;
    this.machine = machine;
    this.#channel = channel;
    this.#message = `The concurrency limit${labelOf(channel)} is reached`;
    this.#lane = {
      value: (value) => {
        machine.leave();
        return value;
      },
      error: (error) => {
        machine.leave();
        throw error;
      },
      failed: (error) => {
        machine.leave();
        return error;
      },
    };
  }

  /** Where calls are so short that only some are timed, the others need no ticket. */
  lane(): Lane | undefined {
    if (this.#channel.active || this.rules.priority !== undefined) return undefined;
    if (this.#untimed === 0) {
      this.#untimed = this.machine.spacing - 1;
      return undefined;
    }
    if (!this.machine.enter(0)) return undefined;
    this.#untimed--;
    return this.#lane;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    if (!this.machine.enter(this.#rank(gated))) {
      return new Rejection(this.#rejection(gated));
    }
    const callId = this.#channel.active ? gated.callId : undefined;
    const startedAt = this.#channel.clock.now();
    return { attempt: gated.attempt, callId, startedAt, over: false };
  }

  succeeded(ticket: Ticket): void {
    if (ticket.over) this.machine.leave();
    else this.#answered(ticket);
  }

  failed(ticket: Ticket, error: unknown): void {
    // Given up before, or rejected further in: nothing is known of the dependency.
    if (ticket.over || endedInRejection(error)) {
      this.machine.leave();
      return;
    }
    const { handle } = this.rules;
    let failed = true;
    try {
      failed = handle === undefined || handle(error);
    } finally {
      // One that was cut short was not answered, whatever `handle` says of it.
      if (failed || isCutShort(error)) this.#wentWrong(ticket, error, true);
      else this.#answered(ticket);
    }
  }

  /**
   * The function runs on, and holds its slot until it ends. What an outer timeout gave up has taken
   * at least that long; any other end from outside says nothing.
   */
  abandoned(ticket: Ticket, reason: unknown): boolean {
    const timedOut = !ticket.over && isTimeoutItself(reason);
    ticket.over = true;
    if (timedOut) this.#wentWrong(ticket, reason, false);
    return false;
  }

  released(): void {
    this.machine.leave();
  }

  #rank(gated: GatedAttempt): number {
    const { priority } = this.rules;
    if (priority === undefined) return 0;
    const given = priority(gated.context());
    const rank = priorities.indexOf(given);
    return rank === -1 ? invalid('priority', given, `one of ${priorities.join(', ')}`) : rank;
  }

  // Listeners are told when all is noted, because they may ask, and call again.
  #answered(ticket: Ticket): void {
    const { attempt, startedAt } = ticket;
    const duration = this.#channel.clock.now() - startedAt;
    this.machine.record(duration);
    this.machine.leave();
    if (this.#channel.active) this.#channel.emit('success', { attempt, duration }, ticket);
  }

  #wentWrong(ticket: Ticket, error: unknown, ended: boolean): void {
    const { attempt, startedAt } = ticket;
    const duration = this.#channel.clock.now() - startedAt;
    if (isCutShort(error)) this.machine.recordCutShort(duration);
    else this.machine.recordFailure();
    if (ended) this.machine.leave();
    if (this.#channel.active) this.#channel.emit('failure', { attempt, duration, error }, ticket);
  }

  #rejection(gated: GatedAttempt): ConcurrencyLimitError {
    const channel = this.#channel;
    return emitRejected(
      channel,
      new ConcurrencyLimitError(this.#message, channel.policyName),
      gated,
    );
  }
}
