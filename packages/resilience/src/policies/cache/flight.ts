import { isTimeoutItself } from '../../errors.ts';
import { reaction } from '../../pipeline/reaction.ts';
import { InnerScope, Watcher } from '../../pipeline/scope.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Flights, Traffic } from './flights.ts';

/**
 * One execution, and the callers that wait for it. It is the scope of what it runs, so that no
 * single caller's abort reaches the execution; when the last caller has aborted, it aborts with that
 * caller's reason. It runs in the context of the call that started it, and each caller hears of its
 * end in its own.
 */
export class Flight extends InnerScope {
  readonly key: unknown;
  /** The number of the attempt that it is. */
  readonly attempt: number;
  /** When it began; `NaN` where nobody wants to know. */
  readonly startedAt: number;
  /** What else is under way for the key; `undefined` once it is out of sight. */
  traffic: Traffic<Flight> | undefined = undefined;
  readonly #flights: Flights<Flight>;
  readonly #callers = new Set<Caller>();
  #disarmed = false;
  /** Why the last caller left. */
  #lastReason: unknown = undefined;
  // Who left last may be another than who started it.
  readonly #cancelAtHome = reaction(() => {
    this.cancel(this.#lastReason);
  });

  constructor(flights: Flights<Flight>, key: unknown, attempt: number, startedAt: number) {
    super();
    this.#flights = flights;
    this.key = key;
    this.attempt = attempt;
    this.startedAt = startedAt;
  }

  /**
   * Waits for the outcome. The caller's scope, if there is one, must not be cancelled. `onError` may
   * answer for an execution that failed, or throws.
   */
  join(scope: Scope | undefined, onError?: (error: unknown) => unknown): Promise<unknown> {
    let caller: Caller | undefined;
    const answer = new Promise((resolve, reject) => {
      caller = new Caller(this, resolve, reject);
      this.#callers.add(caller);
      if (scope === undefined) return;
      caller.watch(scope);
      if (this.#disarmed) scope.disarm();
    });
    if (onError === undefined) return answer;
    return answer.then(undefined, (error: unknown) => {
      if (caller!.left) throw error;
      return onError(error);
    });
  }

  /** A caller has aborted. */
  leave(caller: Caller, reason: unknown): void {
    this.#callers.delete(caller);
    if (this.#callers.size > 0) return;
    // Nobody joins it any more, and its result is not kept.
    this.#flights.remove(this);
    this.#lastReason = reason;
    // Policies further in tell of a timeout's, and of no other.
    if (isTimeoutItself(reason)) this.#cancelAtHome();
    else this.cancel(reason);
  }

  /** How many callers wait. */
  get callers(): number {
    return this.#callers.size;
  }

  /** Gives every caller the outcome. */
  land(failed: boolean, result: unknown): void {
    this.#keepLinked();
    for (const caller of this.#callers) {
      caller.unwatch();
      if (failed) caller.reject(result);
      else caller.resolve(result);
    }
  }

  /** Ends the watch of the timeouts around every caller, of those that join later too. */
  override disarm(): void {
    this.#disarmed = true;
    super.disarm();
    for (const caller of this.#callers) caller.watching?.disarm();
  }

  /** After a `disarm()`, a sole caller's own signal stays linked beyond the end. */
  #keepLinked(): void {
    if (!this.#disarmed || this.#callers.size !== 1) return;
    const [{ watching }] = this.#callers as Iterable<Caller> as [Caller];
    if (watching === undefined) return;
    this.watch(watching);
    this.close();
  }
}

/** Somebody who waits for a flight. */
class Caller extends Watcher {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** It has aborted. */
  left = false;
  readonly #flight: Flight;

  constructor(flight: Flight, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    super();
    this.#flight = flight;
    this.resolve = resolve;
    this.reject = reject;
  }

  override cancelled(reason: unknown): void {
    this.left = true;
    this.reject(reason);
    this.#flight.leave(this, reason);
  }
}
