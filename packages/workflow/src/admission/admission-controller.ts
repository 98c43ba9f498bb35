import { AsyncResource } from 'node:async_hooks';
import type { CircuitBreakerPolicy, Clock, Permit } from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import { runDetached } from '../detached.ts';
import { AdmissionMachine } from './admission-machine.ts';
import type { AdmittedCall, CallOutcome, CircuitPhase } from './admission-machine.ts';
import { ParkingLot } from './parking-lot.ts';
import type { Parked } from './parking-lot.ts';

/** Options of an `AdmissionController`. */
export interface AdmissionControllerOptions {
  /** The circuit breaker; without one, the controller only limits calls to `max`. */
  readonly breaker: CircuitBreakerPolicy | undefined;
  readonly clock: Clock;
  readonly trialCalls: number;
  readonly max: number;
  /** Its position in the order in which a step asks several controllers. */
  readonly order: number;
}

/** Admits one call. Settle it once. */
export interface Ticket {
  success(value: unknown): void;
  failure(error: unknown): void;
  /** There was no call, or its outcome says nothing about the service. */
  release(): void;
}

/** Held by a caller that was woken, until it asks for admission again. Release it if it won't. */
export interface Reservation {
  release(): void;
}

/** A caller whose wait can be stopped. */
export interface Stoppable {
  readonly stopped: boolean;
  /** Calls `wake` when the caller is stopped, unless the returned function is called before. */
  whenStopped(wake: () => void): () => void;
}

/** Is called with whether the caller may have a ticket now. */
type Waiter = (isNext: boolean) => void;

// Events can be missed, for example while a clock stands still. A check every few seconds costs one
// timer, however many are parked, and bounds how long anyone stays parked without reason.
const maxCheckIntervalMs = 5_000;
// How soon to ask again a breaker that rejected a call although its circuit isn't open: it ramps up, or
// other processes make the trial calls.
const heldBackCheckMs = 100;

/**
 * Decides in one process which calls a service gets: admits them as its circuit and its limit allow, and
 * keeps those that have to wait. Holds one timer while a caller is parked, and none otherwise.
 */
export class AdmissionController {
  /** A step that needs several controllers asks those with a lower order first. */
  readonly order: number;
  readonly #breaker: CircuitBreakerPolicy | undefined;
  readonly #clock: Clock;
  readonly #machine: AdmissionMachine;
  readonly #parkingLot = new ParkingLot();
  /** Callers that wait for other calls to end. Those that were parked come before new ones. */
  readonly #returning = new Set<Waiter>();
  readonly #newcomers = new Set<Waiter>();
  #reserved = 0;
  #timer: unknown = undefined;
  #stopListening: (() => void) | undefined = undefined;
  #halfOpenSince: number | undefined = undefined;
  /** Whether the breaker rejected a call that the machine admitted. Lasts until something changes. */
  #heldBack = false;

  constructor({ breaker, clock, trialCalls, max, order }: AdmissionControllerOptions) {
    this.order = order;
    this.#breaker = breaker;
    this.#clock = clock;
    this.#machine = new AdmissionMachine({ trialCalls, max, coldStart: breaker !== undefined });
  }

  /** The name of the circuit; empty if it has none. */
  get circuit(): string {
    return this.#breaker?.name ?? '';
  }

  /** Milliseconds until the circuit may admit calls. */
  get retryAfter(): number {
    return this.#breaker?.retryAfter ?? 0;
  }

  /** How many callers are parked. */
  get parked(): number {
    return this.#parkingLot.size;
  }

  /** How many calls are under way, and how many there may be. */
  get load(): { readonly active: number; readonly limit: number } {
    return { active: this.#machine.active, limit: this.#machine.limit };
  }

  /** Allows at most `max` concurrent calls from now on. */
  lowerMax(max: number): void {
    this.#machine.lowerMax(max);
  }

  /**
   * Asks for a ticket. Returns a promise if the caller has to wait for other calls to end; `undefined`,
   * now or later, if the circuit is open or the caller is stopped.
   */
  admit(
    reservation: Reservation | undefined,
    caller: Stoppable,
  ): Ticket | Promise<Ticket | undefined> | undefined {
    const isReturning = reservation !== undefined;
    reservation?.release();
    this.#observeCircuit();
    const wouldOvertake = !isReturning && this.#newcomers.size + this.#returning.size > 0;
    const decision = this.#machine.decide();
    if (decision === 'park' || this.#heldBack || caller.stopped) return undefined;
    if (decision === 'admit' && !wouldOvertake) return this.#issueTicket();
    return this.#enqueue(isReturning ? this.#returning : this.#newcomers, caller);
  }

  /**
   * Waits until the circuit may admit the caller, or until `deadline` on the controller's clock. Returns
   * at once if it may be admitted now. A caller that is stopped gets no reservation.
   */
  park(deadline: number, caller: Stoppable): Promise<Reservation | undefined> {
    if (caller.stopped) return Promise.resolve(undefined);
    this.#observeCircuit();
    const mayAdmit =
      !this.#heldBack && this.#parkingLot.size === 0 && this.#machine.wakeCount(this.#reserved) > 0;
    if (mayAdmit) return Promise.resolve(this.#reserve());
    return new Promise((resolve) => {
      const leave = (reservation: Reservation | undefined): void => {
        forget();
        this.#parkingLot.remove(parked);
        resolve(reservation);
      };
      const parked: Parked = {
        deadline,
        wake: () => {
          leave(this.#reserve());
        },
      };
      const forget = caller.whenStopped(() => {
        leave(undefined);
        if (this.#parkingLot.size === 0) this.#updateTimer();
      });
      this.#parkingLot.add(parked);
      this.#dispatch();
    });
  }

  /** Checks the circuit, and admits and wakes as many callers as it allows. */
  #dispatch(): void {
    this.#observeCircuit();
    for (const queue of [this.#returning, this.#newcomers]) {
      for (const waiter of queue) {
        const decision = this.#machine.decide();
        if (decision === 'wait') break;
        queue.delete(waiter);
        waiter(decision === 'admit');
      }
    }
    const reserved = this.#reserved + this.#returning.size;
    const count = this.#heldBack ? 0 : this.#machine.wakeCount(reserved);
    for (const parked of this.#parkingLot.take(count)) parked.wake();
    this.#updateTimer();
  }

  #observeCircuit(): void {
    const phase = phaseOf(this.#breaker);
    this.#machine.observe(phase);
    if (phase !== 'halfOpen') this.#halfOpenSince = undefined;
    else this.#halfOpenSince ??= this.#clock.now();
  }

  #issueTicket(): Ticket | undefined {
    // Counted before the breaker is asked, since its listeners may call this controller.
    const call = this.#machine.begin();
    const permit = this.#breaker?.tryAcquire();
    if (this.#breaker === undefined || permit !== undefined) {
      return this.#ticketFor(permit, call);
    }
    this.#machine.end(call, 'none');
    this.#heldBack = true;
    return undefined;
  }

  #ticketFor(permit: Permit | undefined, call: AdmittedCall): Ticket {
    let isOpen = true;
    const settle = (outcome: CallOutcome, report: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      try {
        report();
      } finally {
        // Even if a predicate of the user throws, the call must stop counting.
        this.#heldBack = false;
        this.#machine.end(call, outcome);
        this.#dispatch();
      }
    };
    return {
      success: (value) => {
        settle('success', () => permit?.success(value));
      },
      failure: (error) => {
        settle('failure', () => permit?.failure(error));
      },
      release: () => {
        settle('none', () => permit?.release());
      },
    };
  }

  #enqueue(queue: Set<Waiter>, caller: Stoppable): Promise<Ticket | undefined> {
    return new Promise((resolve) => {
      // The breaker's listeners are the user's, so they run in the async context of the caller.
      const scope = new AsyncResource('highway.admission');
      const waiter: Waiter = (isNext) => {
        forget();
        resolve(isNext ? scope.runInAsyncScope(() => this.#issueTicket()) : undefined);
      };
      const forget = caller.whenStopped(() => {
        queue.delete(waiter);
        waiter(false);
      });
      queue.add(waiter);
    });
  }

  #reserve(): Reservation {
    this.#reserved += 1;
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#reserved -= 1;
        if (this.#parkingLot.size > 0) this.#dispatch();
      },
    };
  }

  /** Listens to the breaker, and keeps a timer, only while a caller is parked. */
  #updateTimer(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#parkingLot.size === 0) {
      this.#stopListening?.();
      this.#stopListening = undefined;
      return;
    }
    this.#stopListening ??= this.#breaker?.on('stateChange', () => {
      this.#heldBack = false;
      this.#dispatch();
    });
    this.#timer = runDetached(() =>
      this.#clock.setTimeout(() => {
        this.#check();
      }, this.#nextCheckMs()),
    );
  }

  #nextCheckMs(): number {
    const waits = [maxCheckIntervalMs, this.#parkingLot.earliestDeadline - this.#clock.now()];
    // If nothing is left of the cooldown, it ended after the last look at the circuit: check again.
    if (this.#machine.phase === 'open') waits.push(this.retryAfter);
    if (this.#heldBack) waits.push(heldBackCheckMs);
    if (this.#halfOpenSince !== undefined) waits.push(this.#trialTimeoutMs);
    return Math.max(1, Math.min(...waits));
  }

  #check(): void {
    const now = this.#clock.now();
    this.#heldBack = false;
    for (const parked of this.#parkingLot.takeExpired(now)) parked.wake();
    // Trial calls that never end must not keep the others parked forever.
    if (this.#halfOpenSince !== undefined && now - this.#halfOpenSince >= this.#trialTimeoutMs) {
      this.#halfOpenSince = now;
      this.#machine.startGeneration();
    }
    this.#dispatch();
  }

  get #trialTimeoutMs(): number {
    if (this.#breaker === undefined) return maxCheckIntervalMs;
    return supervisionOf(this.#breaker).trialRules.trialTimeoutMs;
  }
}

/** An open circuit whose cooldown is over admits trial calls; the first one changes its state. */
function phaseOf(breaker: CircuitBreakerPolicy | undefined): CircuitPhase {
  switch (breaker?.state) {
    case 'OPEN':
      return breaker.retryAfter > 0 ? 'open' : 'halfOpen';
    case 'ISOLATED':
      return 'open';
    case 'HALF_OPEN':
      return 'halfOpen';
    default:
      return 'closed';
  }
}
