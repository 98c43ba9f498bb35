import { wallNow } from '../clock.ts';
import { endedInRejection, isCutShort, isTimeoutItself } from '../errors.ts';
import type { Channel } from '../events.ts';
import { quietly } from '../internal/rejection.ts';
import { labelOf, Refusal, tellRefusal } from '../internal/refusal.ts';
import type { Entry, Gate, Lane } from '../internal/stage.ts';
import type { CircuitBreakerPolicy } from './circuit-breaker.ts';
import { CircuitOpenError } from './errors.ts';
import { Machine } from './machine.ts';
import type { Admission, MachineHost, Transition } from './machine.ts';
import type { BreakerRules } from './options.ts';

/** A call that a breaker let in. */
interface Ticket extends Admission {
  readonly attempt: number;
  /** What its events have in common, where somebody listens. */
  readonly callId: number | undefined;
  /** When it began; `NaN` where nobody wants to know. */
  readonly startedAt: number;
}

/** A breaker's part in a pipeline: judges outcomes, asks the machine, tells of what happens. */
export class BreakerGate implements Gate<Ticket>, MachineHost {
  readonly machine: Machine;
  readonly rules: BreakerRules;
  readonly #channel: Channel;
  #lane: BreakerLane | undefined = undefined;
  /** The ticket of every call that came in this generation while nobody asked for times. */
  #kept: Ticket | undefined = undefined;
  /** What is still to be told, while a listener is being told of something. */
  #untold: (() => void)[] | undefined = undefined;

  constructor(rules: BreakerRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
    this.machine = new Machine(rules, this);
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
    const { machine } = this;
    if (!machine.passes || this.#channel.active) return undefined;
    // A predicate for values may throw, which a lane must not; and a ticket knows how long it took.
    if (this.rules.handleResult !== undefined || this.#measures) return undefined;
    return (this.#lane = new BreakerLane(this));
  }

  enter(entry: Entry): Ticket | Refusal {
    const { machine } = this;
    if (this.#isUntimed()) {
      const kept = this.#kept;
      if (kept?.generation === machine.generation) return kept;
      return (this.#kept = keep(machine.generation));
    }
    const now = this.now();
    const { attempt } = entry;
    const callId = this.#channel.active ? entry.callId : undefined;
    const ticket: Ticket = { generation: 0, deadline: Infinity, attempt, callId, startedAt: now };
    if (machine.admit(ticket, now)) return ticket;
    return new Refusal(this.#refusal(now, entry));
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
    let failed: boolean | undefined = true;
    try {
      failed = this.judge(error);
    } finally {
      if (failed === undefined) this.released(ticket);
      else this.#record(ticket, failed ? { error } : undefined, error);
    }
  }

  abandoned(ticket: Ticket, reason: unknown): boolean {
    // Given up by a timeout further out, it is a failure, whatever `handle` would say of that
    // error: the dependency did not answer. Any other end from outside says nothing about it.
    if (isTimeoutItself(reason)) this.#record(ticket, { error: reason });
    else this.released(ticket);
    return true;
  }

  released(ticket: Ticket): void {
    this.machine.release(ticket);
  }

  /** Whether it must know how long calls take. */
  get #measures(): boolean {
    return this.rules.slowTrialMs !== Infinity;
  }

  /** Whether an error is a failure; `undefined` where it is no outcome at all. */
  judge(error: unknown): boolean | undefined {
    if (endedInRejection(error)) return undefined;
    const { handle, ignore } = this.rules;
    if (ignore?.(error) === true) return undefined;
    return handle === undefined || handle(error);
  }

  moved({ from, to, cause, judged }: Transition): void {
    const { onStateChange } = this.rules;
    const channel = this.#channel;
    if (onStateChange === undefined && !channel.hears('stateChange')) return;
    const { length, failureCount } = judged;
    const window = {
      length,
      successCount: length - failureCount,
      failureCount,
      failureRate: length === 0 ? 0 : failureCount / length,
    };
    this.#tell(() => {
      const policy = channel.policy as CircuitBreakerPolicy;
      if (onStateChange !== undefined) quietly(onStateChange, policy, from, to);
      channel.emit('stateChange', { oldState: from, newState: to, cause, window });
    });
  }

  #record(ticket: Ticket, wrong?: { error?: unknown; value?: unknown }, answer?: unknown): void {
    const { machine } = this;
    const { attempt, startedAt } = ticket;
    const failed = wrong !== undefined;
    const timed = this.rules.timed || failed || machine.state === 'HALF_OPEN';
    const now = timed ? this.now() : Number.NaN;
    // A ticket that many calls share knows nothing of this one: nobody listened when it began.
    if (!Number.isNaN(startedAt)) this.#channel.ended(attempt, startedAt, wrong, ticket);
    const durationMs = now - startedAt;
    // One that was cut short sooner may have become slow or not: nobody knows.
    const unknown = durationMs <= this.rules.slowTrialMs && isCutShort(wrong?.error ?? answer);
    machine.record(ticket, failed, unknown ? Number.NaN : durationMs, now);
  }

  /** Whether a call is let in and judged by nothing but its outcome, and nobody listens. */
  #isUntimed(): boolean {
    return this.machine.passes && !this.#measures && !this.#channel.active;
  }

  #refusal(now: number, entry: Entry): CircuitOpenError {
    const channel = this.#channel;
    const { machine } = this;
    const message = `The circuit${labelOf(channel)} is ${machine.state}: the call was refused`;
    const retryAfter = machine.retryAfterRefusal(now);
    const error = new CircuitOpenError(message, retryAfter, channel.policyName);
    return tellRefusal(channel, error, entry);
  }

  /** Tells of one thing after the other, also where a listener causes the next. */
  #tell(telling: () => void): void {
    if (this.#untold !== undefined) {
      this.#untold.push(telling);
      return;
    }
    const queue = (this.#untold = [telling]);
    // A listener that causes a transition adds to the queue while it is gone through.
    for (const each of queue) each();
    this.#untold = undefined;
  }
}

function keep(generation: number): Ticket {
  return { generation, deadline: Infinity, attempt: 1, callId: undefined, startedAt: Number.NaN };
}

/** The lane of a closed circuit: kept until its state ends. */
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
      failed = this.#gate.judge(error);
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
}
