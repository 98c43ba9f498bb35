import { endedInRejection, isCutShort, isTimeoutItself } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import type { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { ConcurrencyLimitError } from './errors.ts';
import { LimitMachine } from './machine.ts';
import { rankOf } from './options.ts';
import type { AdaptiveLimiterRules } from './options.ts';

/** A call that was admitted and is timed. */
interface Ticket {
  readonly attempt: number;
  readonly callId: number | undefined;
  readonly startedAt: number;
  /** Whether its outcome is known or will never be known: then it only holds its slot. */
  over: boolean;
  /** The data of the call, if `handle` asks for it. */
  readonly data?: unknown;
}

/** An adaptive limiter's gate: times calls, judges outcomes, consults the machine and emits events. */
export class AdaptiveLimiterGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: AdaptiveLimiterRules;
  readonly machine: LimitMachine;
  readonly #channel: Channel;
  readonly #message: string;
  readonly #lane: Lane;
  /** How many calls are admitted without being timed before the next timed one. */
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
      undo: () => {
        machine.leave();
      },
      // It holds its slot until the function ends.
      abandoned: () => this.#lane,
    };
  }

  /**
   * If calls are so short that only some of them are timed, the others need no ticket. A call that may be cut
   * short is timed: the limit learns from how long it had.
   */
  lane(cancellable: boolean): Lane | undefined {
    if (cancellable || this.#channel.active || this.rules.needsTickets) return undefined;
    if (this.#untimed === 0) {
      this.#untimed = this.machine.spacing - 1;
      return undefined;
    }
    if (!this.machine.enter(0)) return undefined;
    this.#untimed--;
    return this.#lane;
  }

  enter(gated: GatedAttempt, rank: number = this.#rank(gated)): Ticket | Rejection {
    if (!this.machine.enter(rank)) {
      return this.#rejection(gated);
    }
    const callId = this.#channel.active ? gated.callId : undefined;
    const startedAt = this.#channel.clock.now();
    const ticket = { attempt: gated.attempt, callId, startedAt, over: false };
    return this.rules.asksAttempt ? { ...ticket, data: gated.data } : ticket;
  }

  succeeded(ticket: Ticket): void {
    if (ticket.over) this.machine.leave();
    else this.#answered(ticket);
  }

  failed(ticket: Ticket, error: unknown): void {
    // It was given up before, or rejected further in: its end says nothing about the dependency.
    if (ticket.over || endedInRejection(error)) {
      this.machine.leave();
      return;
    }
    const { handle } = this.rules;
    let failed = true;
    try {
      failed = handle === undefined || handle(error, ticket.attempt, ticket.data);
    } finally {
      // A call that was cut short got no answer, whatever `handle` returns for its error.
      if (failed || isCutShort(error)) this.#unanswered(ticket, error, true);
      else this.#answered(ticket);
    }
  }

  /**
   * The function still runs and holds its slot until it ends. If a timeout further out gave the call up, its
   * time so far is a lower bound of its latency; any other abort says nothing about the dependency.
   */
  abandoned(ticket: Ticket, reason: unknown): boolean {
    const timedOut = !ticket.over && isTimeoutItself(reason);
    ticket.over = true;
    if (timedOut) this.#unanswered(ticket, reason, false);
    return false;
  }

  released(): void {
    this.machine.leave();
  }

  #rank(gated: GatedAttempt): number {
    const { priority } = this.rules;
    return priority === undefined ? 0 : rankOf('priority', priority(gated.context()));
  }

  // Listeners run last, because they may read the state, and make calls.
  #answered(ticket: Ticket): void {
    const { attempt, startedAt } = ticket;
    const duration = this.#channel.clock.now() - startedAt;
    this.machine.record(duration);
    this.machine.leave();
    if (this.#channel.active) this.#channel.emit('success', { attempt, duration }, ticket);
  }

  #unanswered(ticket: Ticket, error: unknown, ended: boolean): void {
    const { attempt, startedAt } = ticket;
    const duration = this.#channel.clock.now() - startedAt;
    if (isCutShort(error)) this.machine.recordCutShort(duration);
    else this.machine.recordFailure();
    if (ended) this.machine.leave();
    if (this.#channel.active) this.#channel.emit('failure', { attempt, duration, error }, ticket);
  }

  #rejection(gated: GatedAttempt): Rejection {
    const channel = this.#channel;
    return emitRejected(
      channel,
      new ConcurrencyLimitError(this.#message, channel.policyName),
      gated,
    );
  }
}
