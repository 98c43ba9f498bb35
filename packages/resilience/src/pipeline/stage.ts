/**
 * The contract between policies and the pipeline. A policy takes part as one of three kinds:
 *
 * - a *gate* admits an attempt and learns its outcome: breaker, bulkhead, limiters, timeout. A run
 *   of gates shares one attempt and one promise.
 * - a *reactor* stays out of the way until an attempt has ended, and then lets its outcome pass,
 *   answers for it or has it run again: retry, fallback. It shares the promise of the gates inside
 *   it.
 * - a *wrapper* must act before the attempt or run several at once: hedge, cache, a nested
 *   `Failsafe`. It makes a plan of its own around the rest.
 */
import type { Call, CallContext } from './call.ts';
import type { Rejection } from './rejection.ts';
import type { Scope } from './scope.ts';

/** Something that can run a call: the whole pipeline, a part of it, or the function itself. */
export interface Plan {
  /**
   * Runs the call once. Never throws: what goes wrong is in the promise.
   *
   * @param scope - what can cancel the call from outside; `undefined` where nothing can
   * @param attempt - the number of the attempt, 1 for the first
   */
  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown>;
  /** Runs it without a promise; throws what goes wrong, a `TypeError` where it would have to wait. */
  runSync(call: Call, attempt: number): unknown;
  /** Where one gate right around the function is all there is: its lane, as the gate gives it. */
  lane?(): Lane | undefined;
}

/** An attempt as its gates see it. */
export interface GatedAttempt {
  /** The index of the gate that is being entered, in the run of gates. */
  readonly position: number;
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** The id of its call's events; made when it is first read. */
  readonly callId: number;
  /** Whether the attempt can wait. If not, a gate rejects it at once. */
  readonly canWait: boolean;
  /** The context of the attempt, for options that are functions of it. */
  context(): CallContext;
  /**
   * The wait in the gate's queue is over: the attempt comes back in its own context, by `turn`. Only
   * wakes it, so that the gate may go on at once.
   */
  wake(): void;
  /**
   * Ends the attempt, from the gate at `position` outwards, with this error: in its own context.
   * `tell` is called in between: when nothing can change that any more, and nobody outside has heard
   * of it yet.
   */
  giveUp(position: number, error: unknown, tell: () => void): void;
}

/**
 * How a gate settles an attempt that passed through it alone: kept for as long as the gate's state
 * lasts, so that such a call allocates nothing for it.
 */
export interface Lane {
  /** Records a success and hands the value on; never throws. */
  readonly value: (value: unknown) => unknown;
  /** Records the error and throws it, or what a predicate of the user threw. */
  readonly error: (error: unknown) => never;
  /** The same, but returns what the other throws. */
  failed(error: unknown): unknown;
}

/**
 * A gate. For each attempt it gives a ticket, and is told exactly once what became of it, through
 * `succeeded`, `failed`, or an `abandoned` that returns true.
 */
export interface Gate<Ticket = unknown> {
  readonly kind: 'gate';
  /** Whether it can end an attempt before its function has settled. */
  readonly interrupts: boolean;
  /**
   * Admits an attempt by a kept lane, where the gate is in a state to do without a ticket; where it
   * gives `undefined` nothing has happened. What it admits must be settled through the lane.
   */
  lane?(): Lane | undefined;
  /**
   * Admits the attempt with a ticket, rejects it, or queues it: then `waits(ticket)` is true, and
   * the gate calls `gated.wake()` when that is over. Throws only what an option of the user throws.
   */
  enter(gated: GatedAttempt): Ticket | Rejection;
  /** Whether the attempt has to wait for its turn. Gates without a queue leave it out. */
  waits?(ticket: Ticket): boolean;
  /** An attempt that waited comes back, in its own context: it is admitted or rejected. */
  turn?(ticket: Ticket): Rejection | undefined;
  /** The function returned a value. Throws only what a predicate of the user throws. */
  succeeded(ticket: Ticket, value: unknown): void;
  /** The function threw, or a policy further in rejected the attempt. Throws only what a predicate throws. */
  failed(ticket: Ticket, error: unknown): void;
  /**
   * Nobody waits for the attempt any more, but its function may still run (or wait in this gate's
   * queue). Returns true if the ticket is settled by that, false if the gate wants to hear the end.
   * Tells nobody of it unless the reason is a timeout: any other is heard in a stranger's context.
   */
  abandoned(ticket: Ticket, reason: unknown): boolean;
  /** The attempt never ran, or its outcome is unknown: its slot is returned. */
  released(ticket: Ticket): void;
  /** Stops watching the attempt. */
  disarm?(ticket: Ticket): void;
}

/** What an attempt runs through: a run of gates, and the plan inside them. */
export interface GateRun {
  readonly gates: readonly Gate[];
  readonly inner: Plan;
  /** Whether one of the gates can end an attempt before its function settles. */
  readonly interrupts: boolean;
  /** The index of the innermost gate that can; -1 if none can. */
  readonly lastInterrupt: number;
  /** Runs the call through the gates once more. */
  once(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown>;
}

/** What a reactor may do with an attempt that has ended. */
export interface Rerun {
  /** What can cancel the call. */
  readonly scope: Scope | undefined;
  /** The id of the call's events; made when it is first read. */
  readonly callId: number;
  /** What the reactor's `begin` returned for this call. */
  readonly stamp: number;
  /** The number of the attempt that has ended. */
  readonly attempt: number;
  /** Runs the call once more, through the gates inside the reactor. */
  again(attempt: number): Promise<unknown>;
}

/** A reactor: lets the first attempt's outcome pass, or takes over. */
export interface Reactor {
  readonly kind: 'reactor';
  /** Whether it judges values, too. If not, a success passes without calling it. */
  readonly judgesValues: boolean;
  /** A call begins. The number is handed back in `Rerun.stamp`. */
  begin(): number;
  /** An attempt gave this value. Returns what the caller gets (a promise where it takes over). */
  afterValue(value: unknown, rerun: Rerun): unknown;
  /** An attempt threw this. Returns what the caller gets, or throws. */
  afterError(error: unknown, rerun: Rerun): unknown;
  /**
   * Where it can answer a synchronous call: what that is told if the answer is a promise. Those that
   * may have to wait leave it out.
   */
  readonly promised?: string;
}

/** A wrapper: makes a plan of its own around the rest. */
export interface Wrapper {
  readonly kind: 'wrapper';
  around(inner: Plan): Plan;
}

/** A policy's stage in a pipeline. */
export type Stage = Gate | Reactor | Wrapper;
