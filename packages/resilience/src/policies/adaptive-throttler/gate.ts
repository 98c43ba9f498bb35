import { endedInRejection, isTimeoutItself } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import type { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { ThrottledError } from './errors.ts';
import { ThrottleMachine } from './machine.ts';
import type { AdaptiveThrottlerRules } from './options.ts';

/** A call that was admitted. */
interface Ticket {
  readonly attempt: number;
  readonly callId: number | undefined;
  readonly startedAt: number;
  /** The data of the call. */
  readonly data: unknown;
}

/** The shared ticket of all calls while nobody listens. */
const unobserved: Ticket = {
  attempt: 0,
  callId: undefined,
  startedAt: Number.NaN,
  data: undefined,
};

/** An adaptive throttler's gate: rejects at random, judges outcomes and emits events. */
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
      undo: () => undefined,
      abandoned: (reason) => {
        this.abandoned(unobserved, reason);
        return undefined;
      },
    };
  }

  lane(): Lane | undefined {
    // `handleResult` may throw, and the `value` of a lane must not.
    const { handleResult, asksAttempt } = this.rules;
    if (this.#channel.active || handleResult !== undefined || asksAttempt) return undefined;
    return this.machine.calm ? this.#lane : undefined;
  }

  enter(gated: GatedAttempt): Ticket | Rejection {
    if (this.machine.rejects(this.rules.random)) return this.#rejection(gated);
    const { active, clock } = this.#channel;
    if (!active && !this.rules.asksAttempt) return unobserved;
    const { attempt, data } = gated;
    const callId = active ? gated.callId : undefined;
    return { attempt, callId, startedAt: clock.now(), data };
  }

  succeeded(ticket: Ticket, value: unknown): void {
    const { handleResult } = this.rules;
    let failed = handleResult !== undefined;
    try {
      if (handleResult !== undefined) failed = handleResult(value, ticket.attempt, ticket.data);
    } finally {
      this.#record(ticket, failed ? { value } : undefined);
    }
  }

  failed(ticket: Ticket, error: unknown): void {
    // A policy further in rejected it, which says nothing about the dependency.
    if (endedInRejection(error)) return;
    let failed = true;
    try {
      failed = this.#isFailure(error, ticket);
    } finally {
      this.#record(ticket, failed ? { error } : undefined);
    }
  }

  abandoned(ticket: Ticket, reason: unknown): boolean {
    // The timeout of a policy further out is always a failure, whatever `handle` would return for it.
    if (isTimeoutItself(reason)) this.#record(ticket, { error: reason });
    return true;
  }

  released(): void {
    // There is no outcome to record, and a throttler has no slots.
  }

  #isFailure(error: unknown, { attempt, data }: Ticket): boolean {
    const { handle } = this.rules;
    return handle === undefined || handle(error, attempt, data);
  }

  /** Records the error of a call without a ticket. Returns the error that its caller gets. */
  #thrown(error: unknown): unknown {
    try {
      this.failed(unobserved, error);
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

  #rejection(gated: GatedAttempt): Rejection {
    const channel = this.#channel;
    return emitRejected(channel, new ThrottledError(this.#message, channel.policyName), gated);
  }
}
