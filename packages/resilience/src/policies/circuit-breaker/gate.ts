import { wallNow } from '../../seams/clock.ts';
import { endedInRejection, isCutShort, isTimeoutItself } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { quietly } from '../../support/quietly.ts';
import { emitRejected, labelOf } from '../../pipeline/emit-rejected.ts';
import type { Rejection } from '../../pipeline/rejection.ts';
import type { GatedAttempt, Gate, Lane } from '../../pipeline/stage.ts';
import { CircuitOpenError } from './errors.ts';
import { History } from './history.ts';
import { Machine } from './machine.ts';
import type { CircuitTicket, MachineHost, Transition } from './machine.ts';
import type { BreakerRules } from './options.ts';

/** A call that a breaker admitted. */
interface BreakerTicket extends CircuitTicket {
  readonly attempt: number;
  /** The id for its events, if anybody listens. */
  readonly callId: number | undefined;
  /** When it started; `NaN` if nobody needs to know. */
  readonly startedAt: number;
  /** The data of the call, if a predicate asks for it. */
  readonly data?: unknown;
}

/** A breaker's gate: judges outcomes, consults the machine and emits events. */
export class BreakerGate implements Gate<BreakerTicket>, MachineHost {
  readonly machine: Machine;
  readonly rules: BreakerRules;
  readonly #channel: Channel;
  #lane: BreakerLane | undefined = undefined;
  /** The shared ticket of this generation's calls while nobody needs their times. */
  #sharedTicket: BreakerTicket | undefined = undefined;
  /** Pending notifications, while a listener runs. */
  #pending: (() => void)[] | undefined = undefined;

  constructor(rules: BreakerRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.machine = new Machine(this);
  }

  get kind(): 'gate' {
    return 'gate';
  }

  get interrupts(): boolean {
    return false;
  }

  now(): number {
    return this.#channel.clock.now();
  }

  wallNow(): number {
    return wallNow(this.#channel.clock);
  }

  cooldownMs(openings: number): number {
    const { cooldown } = this.rules;
    return typeof cooldown === 'number' ? cooldown : cooldown.forAttempt(openings);
  }

  lane(): Lane | undefined {
    const lane = this.#lane;
    const kept = lane?.generation === this.machine.generation && !this.#channel.active;
    return kept ? lane : this.#freshLane();
  }

  #freshLane(): Lane | undefined {
    // A predicate for results may throw, which a lane must not.
    if (this.rules.handleResult !== undefined || !this.#isUntimed()) return undefined;
    return (this.#lane = new BreakerLane(this));
  }

  enter(gated: GatedAttempt): BreakerTicket | Rejection {
    const { machine } = this;
    if (this.#isUntimed()) {
      const shared = this.#sharedTicket;
      if (shared?.generation === machine.generation) return shared;
      return (this.#sharedTicket = newTicket(machine.generation, 1, undefined, Number.NaN));
    }
    const now = this.now();
    const callId = this.#channel.active ? gated.callId : undefined;
    let ticket = newTicket(0, gated.attempt, callId, now);
    if (this.rules.asksAttempt) ticket = { ...ticket, data: gated.data };
    if (!machine.admit(ticket, now)) return this.#rejection(now, gated);
    // A cancelled trial call returns its slot at once.
    if (machine.state === 'HALF_OPEN') gated.listen();
    return ticket;
  }

  succeeded(ticket: BreakerTicket, value: unknown): void {
    const { handleResult } = this.rules;
    let failed = handleResult !== undefined;
    try {
      if (handleResult !== undefined) failed = handleResult(value, ticket.attempt, ticket.data);
    } finally {
      this.#record(ticket, failed ? { value } : undefined);
    }
  }

  failed(ticket: BreakerTicket, error: unknown): void {
    let failed: boolean | undefined = true;
    try {
      failed = this.judge(error, ticket.attempt, ticket.data);
    } finally {
      if (failed === undefined) this.released(ticket);
      else this.#record(ticket, failed ? { error } : undefined, error);
    }
  }

  abandoned(ticket: BreakerTicket, reason: unknown): boolean {
    // An attempt that a timeout further out gave up is a failure, whatever `handle` returns for that
    // error: the dependency did not respond. Any other cancellation says nothing about it.
    if (isTimeoutItself(reason)) this.#record(ticket, { error: reason });
    else this.released(ticket);
    return true;
  }

  released(ticket: BreakerTicket): void {
    this.machine.release(ticket);
  }

  /** Whether an error is a failure; `undefined` if it is not an outcome. */
  judge(error: unknown, attempt: number, data: unknown): boolean | undefined {
    if (endedInRejection(error)) return undefined;
    const { handle, ignore } = this.rules;
    if (ignore?.(error, attempt, data) === true) return undefined;
    return handle === undefined || handle(error, attempt, data);
  }

  moved({ from, to, cause, judged }: Transition): void {
    const { onStateChange } = this.rules;
    const channel = this.#channel;
    if (onStateChange === undefined && !channel.hears('stateChange')) return;
    // Listeners may run later, and the window may change before.
    const { length, successCount, failureCount, failureRate } = new History(judged);
    const window = { length, successCount, failureCount, failureRate };
    this.#notify(() => {
      if (onStateChange !== undefined) quietly(onStateChange, channel.policy as never, from, to);
      channel.emit('stateChange', { oldState: from, newState: to, cause, window });
    });
  }

  #record(
    ticket: BreakerTicket,
    wrong?: { error?: unknown; value?: unknown },
    answer?: unknown,
  ): void {
    const { machine } = this;
    const { attempt, startedAt } = ticket;
    const failed = wrong !== undefined;
    const timed = this.rules.timed || failed || machine.state === 'HALF_OPEN';
    const now = timed ? this.now() : Number.NaN;
    // A shared ticket has no start time: nobody listened when the call started.
    if (!Number.isNaN(startedAt)) this.#channel.ended(attempt, startedAt, wrong, ticket);
    const durationMs = now - startedAt;
    // If the call was cut short earlier, it is unknown whether it would have been slow.
    const unknown = durationMs <= this.rules.slowTrialMs && isCutShort(wrong?.error ?? answer);
    machine.record(ticket, failed, unknown ? Number.NaN : durationMs, now);
  }

  /** Whether calls are admitted without a time: only their outcome counts, and nobody listens. */
  #isUntimed(): boolean {
    return this.machine.passes && !this.rules.needsTickets && !this.#channel.active;
  }

  #rejection(now: number, gated: GatedAttempt): Rejection {
    const channel = this.#channel;
    const { machine } = this;
    const message = `The circuit${labelOf(channel)} is ${machine.state}: the call was rejected`;
    const retryAfter = machine.retryAfterRejection(now);
    const error = new CircuitOpenError(message, retryAfter, channel.policyName);
    return emitRejected(channel, error, gated);
  }

  /** Notifies listeners of one thing after the other, also if a listener causes the next. */
  #notify(notification: () => void): void {
    if (this.#pending !== undefined) {
      this.#pending.push(notification);
      return;
    }
    const queue = (this.#pending = [notification]);
    // A listener that causes a state change adds to the queue during the loop.
    for (const each of queue) each();
    this.#pending = undefined;
  }
}

function newTicket(
  generation: number,
  attempt: number,
  callId: number | undefined,
  startedAt: number,
): BreakerTicket {
  return { generation, deadline: Infinity, attempt, callId, startedAt };
}

/** The lane of a closed circuit, valid until its state ends. */
class BreakerLane implements Lane {
  readonly generation: number;
  readonly value: (value: unknown) => unknown;
  readonly error: (error: unknown) => never;
  readonly #gate: BreakerGate;

  constructor(gate: BreakerGate) {
    const { machine, rules } = gate;
    const { generation } = machine;
    this.generation = generation;
    this.#gate = gate;
    this.value = (value) => {
      machine.recordSuccess(generation, rules.timed ? gate.now() : 0);
      return value;
    };
    this.error = (error) => {
      throw this.failed(error);
    };
  }

  failed(error: unknown): unknown {
    let thrown = error;
    let failed: boolean | undefined = true;
    try {
      // No predicate asks for the attempt: then there would be no lane.
      failed = this.#gate.judge(error, 1, undefined);
    } catch (fromPredicate) {
      thrown = fromPredicate;
    }
    if (failed !== undefined) {
      const { machine, rules } = this.#gate;
      const now = failed || rules.timed ? this.#gate.now() : 0;
      machine.recordClosed(this.generation, failed, 0, now);
    }
    return thrown;
  }
  undo(): void {
    // Nothing was recorded.
  }

  abandoned(reason: unknown): undefined {
    if (!isTimeoutItself(reason)) return;
    this.#gate.machine.recordClosed(this.generation, true, 0, this.#gate.now());
  }
}
