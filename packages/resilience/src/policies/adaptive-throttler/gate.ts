import { endedInRejection, isTimeoutItself } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { ThrottledError } from './errors.ts';
import { ThrottleMachine } from './machine.ts';
import type { AdaptiveThrottlerRules } from './options.ts';

/** A call that was let in. */
interface Ticket {
  readonly attempt: number;
  readonly callId: number | undefined;
  readonly startedAt: number;
}

/** All that a ticket says where nobody listens. */
const unheard: Ticket = { attempt: 0, callId: undefined, startedAt: Number.NaN };

/** An adaptive throttler's part in a pipeline: draws lots, judges outcomes, tells of them. */
export class AdaptiveThrottlerGate implements Gate<Ticket> {
  readonly kind = 'gate';
  readonly interrupts = false;
  readonly rules: AdaptiveThrottlerRules;
  readonly machine: ThrottleMachine;
  readonly #channel: Channel;
  readonly #message: string;
  readonly #lane: Lane;

  constructor(rules: AdaptiveThrottlerRules, channel: Channel) {
    const machine = new ThrottleMachine(rules, channel.clock);
    this.rules = rules;
    this.machine = machine;
    this.#channel = channel;
    this.#message = `The throttler${labelOf(channel)} rejected the call`;
    this.#lane = {
      value: (value) => {
        machine.recordSuccess();
        return value;
      },
      error: (error) => {
        throw this.#thrown(error);
      },
      failed: (error) => this.#thrown(error),
    };
  }

  lane(): Lane | undefined {
    // A predicate for values may throw, which a lane must not.
    if (this.#channel.active || this.rules.handleResult !== undefined) return undefined;
    return this.machine.calm ? this.#lane : undefined;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    if (this.machine.rejects(this.rules.random)) return new Rejection(this.#rejection(gated));
    if (!this.#channel.active) return unheard;
    const { attempt, callId } = gated;
    return { attempt, callId, startedAt: this.#channel.clock.now() };
  }

  succeeded(ticket: Ticket, value: unknown): void {
    const { handleResult } = this.rules;
    let failed = handleResult !== undefined;
    try {
      if (handleResult !== undefined) failed = handleResult(value);
    } finally {
      this.#record(ticket, failed ? { value } : undefined);
    }
  }

  failed(ticket: Ticket, error: unknown): void {
    // Rejected further in, so it says nothing about the dependency.
    if (endedInRejection(error)) return;
    let failed = true;
    try {
      failed = this.#isFailure(error);
    } finally {
      this.#record(ticket, failed ? { error } : undefined);
    }
  }

  abandoned(ticket: Ticket, reason: unknown): boolean {
    // Given up by a timeout further out, it is a failure, whatever `handle` would say of that error.
    if (isTimeoutItself(reason)) this.#record(ticket, { error: reason });
    return true;
  }

  released(): void {
    // There was no outcome, and a throttler has no slots.
  }

  #isFailure(error: unknown): boolean {
    const { handle } = this.rules;
    return handle === undefined || handle(error);
  }

  /** Records an error of a call without a ticket; gives what its caller gets. */
  #thrown(error: unknown): unknown {
    try {
      this.failed(unheard, error);
      return error;
    } catch (fromPredicate) {
      return fromPredicate;
    }
  }

  #record(ticket: Ticket, wrong?: { error?: unknown; value?: unknown }): void {
    if (wrong === undefined) this.machine.recordSuccess();
    else this.machine.recordFailure();
    this.#channel.ended(ticket.attempt, ticket.startedAt, wrong, ticket);
  }

  #rejection(gated: GatedAttempt): ThrottledError {
    const channel = this.#channel;
    return emitRejected(channel, new ThrottledError(this.#message, channel.policyName), gated);
  }
}
