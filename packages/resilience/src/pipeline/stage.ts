/**
 * The contract between policies and the pipeline. A policy takes part as one of three kinds:
 *
 * - a *gate* admits an attempt and sees its outcome: breaker, bulkhead, limiters, timeout. A run of
 *   gates shares one attempt and one promise.
 * - a *reactor* does nothing until an attempt has ended. Then it passes the outcome on, replaces it, or
 *   runs the attempt again: retry, fallback. It shares the promise of the gates inside it.
 * - a *wrapper* must act before the attempt, or run several at once: hedge, cache, a nested `Failsafe`.
 *   It makes its own plan around the inner one.
 */
import type { Call, CallContext } from './call.ts';
import type { Rejection } from './rejection.ts';
import type { Scope } from './scope.ts';

/** Runs a call: the whole pipeline, a part of it, or the function itself. */
export interface Plan {
  /**
   * Runs the call once. Never throws: errors reject the promise.
   *
   * @param scope - what can cancel the call from outside; `undefined` if nothing can
   * @param attempt - the number of the attempt, 1 for the first
   */
  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown>;
  /** Runs the call synchronously. Throws its error, or a `TypeError` if it would have to wait. */
  runSync(call: Call, attempt: number): unknown;
  /** Admits a call through the lane of its gates, if nothing else is around the function. */
  lane?(cancellable: boolean): Lane | undefined;
}

/** An attempt as its gates see it. */
export interface GatedAttempt {
  /** The index of the gate that is being entered, in the run of gates. */
  readonly position: number;
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** The id of its call's events; made when it is first read. */
  readonly callId: number;
  /** The data of its call. */
  readonly data: unknown;
  /** Whether the attempt can wait. If not, a gate rejects it at once. */
  readonly canWait: boolean;
  /** The context of the attempt, for options that are functions of it. */
  context(): CallContext;
  /** From now on, the gates learn of a cancellation when it happens, and not only two turns after the start. */
  listen(): void;
  /**
   * The wait in the gate's queue is over: the attempt comes back in its own context, by `turn`. Only
   * wakes it, so that the gate may go on at once.
   */
  wake(): void;
  /**
   * Ends the attempt with this error, from the gate at `position` outwards, in its own context. Calls
   * `tell` when the end is certain, before the gates further out learn of it.
   */
  giveUp(position: number, error: unknown, tell: () => void): void;
}

/**
 * How a gate settles an attempt that passed through it alone: kept for as long as the gate's state
 * lasts, so that such a call allocates nothing for it.
 */
export interface Lane {
  /** The parts of a lane of several gates. */
  readonly outer?: Lane;
  readonly inner?: Lane;
  /** Records a success and returns the value; never throws. */
  readonly value: (value: unknown) => unknown;
  /** Records the error and throws it, or what a predicate of the user threw. */
  readonly error: (error: unknown) => never;
  /** The same, but returns what the other throws. */
  failed(error: unknown): unknown;
  /** Takes the admission back: a gate further in did not admit the attempt, so its function does not run. */
  undo(): void;
  /**
   * As a gate's `abandoned`, while the function runs: the attempt was cancelled. Returns the lane that must
   * still be told how the function ends; `undefined` if none must. Emits events only if the reason is a timeout.
   */
  abandoned(reason: unknown): Lane | undefined;
}

/**
 * A gate. It gives each attempt a ticket, and is told its outcome exactly once: by `succeeded`, by
 * `failed`, or by an `abandoned` that returns true.
 */
export interface Gate<Ticket = unknown> {
  readonly kind: 'gate';
  /** Whether it can end an attempt before its function has settled. */
  readonly interrupts: boolean;
  /**
   * Admits an attempt through a lane, if the state of the gate needs no ticket. If it returns
   * `undefined`, nothing was admitted. An admitted attempt must be settled through the lane.
   *
   * @param cancellable - whether the attempt may be cancelled from outside before its function ends
   */
  lane?(cancellable: boolean): Lane | undefined;
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
   * Nobody waits for the attempt any more, but its function may still run, or wait in this gate's queue.
   * Returns true if that settles the ticket, false if the gate needs to know the end. Emits events only if
   * the reason is a timeout: any other abort may come in another call's context.
   */
  abandoned(ticket: Ticket, reason: unknown): boolean;
  /** The attempt never ran, or its outcome is unknown: its slot is returned. */
  released(ticket: Ticket): void;
  /** Stops watching the attempt. */
  disarm?(ticket: Ticket): void;
  /** Watches it again. Returns whether its time is up: then the attempt ends in the next microtask. */
  rearm?(ticket: Ticket): boolean;
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
  /** The data of the call. */
  readonly data: unknown;
  /** What the reactor's `begin` returned for this call. */
  readonly stamp: number;
  /** The number of the attempt that has ended. */
  readonly attempt: number;
  /** Runs the call once more, through the gates inside the reactor. */
  again(attempt: number): Promise<unknown>;
}

/** A reactor: passes the first attempt's outcome on, or takes over. */
export interface Reactor {
  readonly kind: 'reactor';
  /** Whether it judges values, too. If not, a success passes without calling it. */
  readonly judgesValues: boolean;
  /** A call starts. `Rerun.stamp` has the returned number. */
  begin(): number;
  /** An attempt returned this value. Returns the result of the call: a promise if it takes over. */
  afterValue(value: unknown, rerun: Rerun): unknown;
  /** An attempt threw this error. Returns the result of the call, or throws. */
  afterError(error: unknown, rerun: Rerun): unknown;
  /**
   * For reactors that support synchronous calls: the message of the error if the result is a promise.
   * Reactors that may have to wait don't have it.
   */
  readonly promised?: string;
}

/** A wrapper: makes its own plan around the inner one. */
export interface Wrapper {
  readonly kind: 'wrapper';
  around(inner: Plan): Plan;
}

/** A policy's stage in a pipeline. */
export type Stage = Gate | Reactor | Wrapper;
