import { InnerScope, Watcher } from '../internal/scope.ts';
import type { Scope } from '../internal/scope.ts';
import type { Traffic } from './flights.ts';

/** What a flight tells its cache. */
export interface FlightControl {
  /** Every caller has aborted: the flight must be joined no more, and its result not kept. */
  forsaken(flight: Flight): void;
}

/**
 * One execution, and the callers that wait for it. It is the scope of what it runs, so that no
 * single caller's abort reaches the execution; when the last caller has aborted, it aborts with that
 * caller's reason.
 */
export class Flight extends InnerScope {
  readonly key: unknown;
  /** The number of the attempt that it is. */
  readonly attempt: number;
  /** When it began; `NaN` where nobody wants to know. */
  readonly startedAt: number;
  /** What else is under way for the key; `undefined` once it is out of sight. */
  traffic: Traffic | undefined = undefined;
  readonly #control: FlightControl;
  readonly #callers = new Set<Caller>();
  #disarmed = false;

  constructor(
    control: FlightControl,
    key: unknown,
    { attempt, startedAt }: Pick<Flight, 'attempt' | 'startedAt'>,
  ) {
    super();
    this.#control = control;
    this.key = key;
    this.attempt = attempt;
    this.startedAt = startedAt;
  }

  /** Waits for the outcome. The caller's scope, if there is one, must not be cancelled. */
  join(scope: Scope | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const caller = new Caller(this, resolve, reject);
      this.#callers.add(caller);
      if (scope === undefined) return;
      caller.watch(scope);
      if (this.#disarmed) scope.disarm();
    });
  }

  /** A caller has aborted. */
  leave(caller: Caller, reason: unknown): void {
    this.#callers.delete(caller);
    if (this.#callers.size > 0) return;
    this.#control.forsaken(this);
    this.cancel(reason);
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
  readonly #flight: Flight;

  constructor(flight: Flight, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    super();
    this.#flight = flight;
    this.resolve = resolve;
    this.reject = reject;
  }

  override cancelled(reason: unknown): void {
    this.reject(reason);
    this.#flight.leave(this, reason);
  }
}
