import { isTimeoutItself } from '../../errors.ts';
import { reaction } from '../../pipeline/reaction.ts';
import { InnerScope, Watcher } from '../../pipeline/scope.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { FlightIndex, FlightGroup } from './flight-index.ts';

/**
 * One execution, and the callers that wait for it ("single flight"). It is the scope of the execution, so the
 * abort of one caller does not reach the execution; when the last caller has aborted, the execution aborts
 * with that caller's reason. It runs in the async context of the call that started it, and each caller
 * continues in its own.
 */
export class Flight extends InnerScope {
  readonly key: unknown;
  /** The number of the attempt. */
  readonly attempt: number;
  /** When it started; `NaN` if nobody needs to know. */
  readonly startedAt: number;
  /** The flights of its key; `undefined` while it is not in the index. */
  group: FlightGroup<Flight> | undefined = undefined;
  readonly #flights: FlightIndex<Flight>;
  readonly #callers = new Set<Caller>();
  /** The reason with which the last caller left. */
  #lastReason: unknown = undefined;
  // The last caller may be another one than the caller that started the flight.
  readonly #cancelInContext = reaction(() => {
    this.cancel(this.#lastReason);
  });

  constructor(flights: FlightIndex<Flight>, key: unknown, attempt: number, startedAt: number) {
    super();
    this.#flights = flights;
    this.key = key;
    this.attempt = attempt;
    this.startedAt = startedAt;
  }

  /**
   * Adds a caller; returns a promise of its outcome. The caller's scope must not be cancelled yet. If the
   * execution fails, `onError` returns another result or throws.
   */
  join(scope: Scope | undefined, onError?: (error: unknown) => unknown): Promise<unknown> {
    let caller: Caller | undefined;
    const answer = new Promise((resolve, reject) => {
      caller = new Caller(this, resolve, reject);
      this.#callers.add(caller);
      if (scope === undefined) return;
      caller.watch(scope);
      if (this.holds > 0) scope.hold(1);
    });
    if (onError === undefined) return answer;
    return answer.then(undefined, (error: unknown) => {
      if (caller!.left) throw error;
      return onError(error);
    });
  }

  /** Called when a caller has aborted. */
  leave(caller: Caller, reason: unknown): void {
    this.#callers.delete(caller);
    if (this.#callers.size > 0) return;
    // Nobody joins it any more, and its result is not kept.
    this.#flights.remove(this);
    this.#lastReason = reason;
    // Policies further in emit events for a timeout, and for no other reason: see `CallScope`.
    if (isTimeoutItself(reason)) this.#cancelInContext();
    else this.cancel(reason);
  }

  /** The number of callers that wait. */
  get callers(): number {
    return this.#callers.size;
  }

  /** Passes the outcome on to every caller. */
  settle(failed: boolean, result: unknown): void {
    this.#keepLinked();
    for (const caller of this.#callers) {
      caller.unwatch();
      if (failed) caller.reject(result);
      else caller.resolve(result);
    }
  }

  /** Switches the timeouts around every caller; those that join later follow. A single one does not end the flight. */
  protected override switched(off: boolean): boolean {
    for (const caller of this.#callers) caller.watching?.hold(off ? 1 : -1);
    return false;
  }

  /** If there is a single caller, its signal stays linked to a body that streams after a `disarm()`. */
  #keepLinked(): void {
    if (this.holds > 0 && this.#callers.size === 1) {
      const [{ watching }] = this.#callers as Iterable<Caller> as [Caller];
      if (watching !== undefined) this.watch(watching);
    }
    this.close();
  }
}

/** A caller that waits for a flight. */
class Caller extends Watcher {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it has aborted. */
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
