import { AsyncResource } from 'node:async_hooks';
import type { CircuitBreakerPolicy, Clock, Permit } from '@highway/resilience';
import { outside } from '../outside.ts';
import { GateMachine } from './gate-machine.ts';
import type { Admission, CallOutcome, CircuitView } from './gate-machine.ts';
import { ParkingLot } from './parking-lot.ts';
import type { Parked } from './parking-lot.ts';

/** What a gate is made with. */
export interface GateOptions {
  /** The circuit; without one the gate only limits calls to `max`. */
  readonly breaker: CircuitBreakerPolicy | undefined;
  readonly clock: Clock;
  readonly canaries: number;
  readonly max: number;
  /** Before which others it is to be passed. */
  readonly place: number;
}

/** Leave to make one call. Say once how it ended. */
export interface Pass {
  success(value: unknown): void;
  failure(error: unknown): void;
  /** There was no call, or it says nothing of the service. */
  release(): void;
}

/** One who was woken, on the way to the gate. Given up where it doesn't come. */
export interface Seat {
  giveUp(): void;
}

/** Who may be told, while waiting, that there is nothing to wait for any more. */
export interface Stoppable {
  readonly stopped: boolean;
  /** Calls `wake` when it is stopped; what it gives takes that back. */
  whenStopped(wake: () => void): () => void;
}

/** Told whether it may ask for its pass, or has to be content with none. */
type Waiter = (isNext: boolean) => void;

// Events can be missed, when a clock stops for example. A look every few seconds costs one timer,
// however many are parked, and bounds how long anybody stays who could go on.
const backstopMs = 5_000;
// How soon to ask again a breaker that refused though its circuit isn't open: while it ramps up, or
// where other processes make the test calls.
const heldMs = 100;

/**
 * Stands before a service in one process: lets calls in as its circuit and its limit allow, and
 * keeps those who have to wait. Holds one timer while somebody is parked, and none otherwise.
 */
export class Gate {
  /** Who needs several gates passes those of a lower place first. */
  readonly place: number;
  readonly #breaker: CircuitBreakerPolicy | undefined;
  readonly #clock: Clock;
  readonly #machine: GateMachine;
  readonly #lot = new ParkingLot();
  /** Those who wait for a turn: woken ones come before those who are new. */
  readonly #returning = new Set<Waiter>();
  readonly #fresh = new Set<Waiter>();
  #coming = 0;
  #timer: unknown = undefined;
  #stopListening: (() => void) | undefined = undefined;
  #halfOpenSince: number | undefined = undefined;
  /** Whether the breaker refused a call that the gate would have let in: until something happens. */
  #held = false;

  constructor({ breaker, clock, canaries, max, place }: GateOptions) {
    this.place = place;
    this.#breaker = breaker;
    this.#clock = clock;
    this.#machine = new GateMachine({ canaries, max, cold: breaker !== undefined });
  }

  /** The name of its circuit; empty where it has none. */
  get circuit(): string {
    return this.#breaker?.name ?? '';
  }

  /** Milliseconds until the circuit may let calls in. */
  get retryAfter(): number {
    return this.#breaker?.retryAfter ?? 0;
  }

  /** How many are parked. */
  get parked(): number {
    return this.#lot.size;
  }

  /** How many calls are under way, and how many there may be. */
  get load(): { readonly active: number; readonly limit: number } {
    return { active: this.#machine.active, limit: this.#machine.limit };
  }

  /** Allows no more than `max` calls at once from now on. */
  tighten(max: number): void {
    this.#machine.tighten(max);
  }

  /**
   * Asks for leave to make a call. A promise where it has to wait for a turn, since the service has
   * its fill; `undefined` where the circuit is open, now or by then, or where the caller is stopped.
   */
  enter(seat: Seat | undefined, caller: Stoppable): Pass | Promise<Pass | undefined> | undefined {
    const returning = seat !== undefined;
    seat?.giveUp();
    this.#look();
    const overtakes = !returning && this.#fresh.size + this.#returning.size > 0;
    const admittance = this.#machine.admit();
    if (admittance === 'refuse' || this.#held || caller.stopped) return undefined;
    if (admittance === 'enter' && !overtakes) return this.#pass();
    return this.#queue(returning ? this.#returning : this.#fresh, caller);
  }

  /**
   * Waits until the circuit may let this one in, or `deadline` (on the gate's clock) is over; returns
   * at once where the gate would let it in. No seat for a caller that is stopped: it won't come.
   */
  park(deadline: number, caller: Stoppable): Promise<Seat | undefined> {
    if (caller.stopped) return Promise.resolve(undefined);
    this.#look();
    const open = !this.#held && this.#lot.size === 0 && this.#machine.wakes(this.#coming) > 0;
    if (open) return Promise.resolve(this.#seat());
    return new Promise((resolve) => {
      const leave = (seat: Seat | undefined): void => {
        forget();
        this.#lot.remove(parked);
        resolve(seat);
      };
      const parked: Parked = {
        deadline,
        wake: () => {
          leave(this.#seat());
        },
      };
      const forget = caller.whenStopped(() => {
        leave(undefined);
        if (this.#lot.size === 0) this.#attend();
      });
      this.#lot.add(parked);
      this.#pump();
    });
  }

  /** Looks at the circuit, and lets in and wakes whom it may. */
  #pump(): void {
    this.#look();
    for (const queue of [this.#returning, this.#fresh]) {
      for (const waiter of queue) {
        const admittance = this.#machine.admit();
        if (admittance === 'wait') break;
        queue.delete(waiter);
        waiter(admittance === 'enter');
      }
    }
    const coming = this.#coming + this.#returning.size;
    const wakes = this.#held ? 0 : this.#machine.wakes(coming);
    for (const parked of this.#lot.take(wakes)) parked.wake();
    this.#attend();
  }

  #look(): void {
    const view = viewOf(this.#breaker);
    this.#machine.observe(view);
    if (view !== 'halfOpen') this.#halfOpenSince = undefined;
    else this.#halfOpenSince ??= this.#clock.now();
  }

  #pass(): Pass | undefined {
    // Counted before the breaker is asked, whose listeners may come back here.
    const admission = this.#machine.enter();
    const permit = this.#breaker?.tryAcquire();
    if (this.#breaker === undefined || permit !== undefined) {
      return this.#passFor(permit, admission);
    }
    this.#machine.leave(admission, 'none');
    this.#held = true;
    return undefined;
  }

  #passFor(permit: Permit | undefined, admission: Admission): Pass {
    let held = true;
    const settle = (outcome: CallOutcome, tell: () => void): void => {
      if (!held) return;
      held = false;
      try {
        tell();
      } finally {
        // What a user's predicate throws must not keep the place for ever.
        this.#held = false;
        this.#machine.leave(admission, outcome);
        this.#pump();
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

  #queue(queue: Set<Waiter>, caller: Stoppable): Promise<Pass | undefined> {
    return new Promise((resolve) => {
      // The breaker is asked in the context of who waited: its listeners are the user's.
      const scope = new AsyncResource('highway.turn');
      const waiter: Waiter = (isNext) => {
        forget();
        resolve(isNext ? scope.runInAsyncScope(() => this.#pass()) : undefined);
      };
      const forget = caller.whenStopped(() => {
        queue.delete(waiter);
        waiter(false);
      });
      queue.add(waiter);
    });
  }

  #seat(): Seat {
    this.#coming += 1;
    let held = true;
    return {
      giveUp: () => {
        if (!held) return;
        held = false;
        this.#coming -= 1;
        if (this.#lot.size > 0) this.#pump();
      },
    };
  }

  /** Keeps listening, and a timer, for as long as somebody is parked. */
  #attend(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lot.size === 0) {
      this.#stopListening?.();
      this.#stopListening = undefined;
      return;
    }
    this.#stopListening ??= this.#breaker?.on('stateChange', () => {
      this.#held = false;
      this.#pump();
    });
    this.#timer = outside(() =>
      this.#clock.setTimeout(() => {
        this.#tick();
      }, this.#nextLook()),
    );
  }

  #nextLook(): number {
    const waits = [backstopMs, this.#lot.earliestDeadline - this.#clock.now()];
    // Nothing left of the wait means that it ended since the circuit was looked at: another look.
    if (this.#machine.view === 'open') waits.push(this.retryAfter);
    if (this.#held) waits.push(heldMs);
    if (this.#halfOpenSince !== undefined) waits.push(this.#trialTimeout);
    return Math.max(1, Math.min(...waits));
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#held = false;
    for (const parked of this.#lot.takeExpired(now)) parked.wake();
    // Canaries that never come back must not keep the others parked for ever.
    if (this.#halfOpenSince !== undefined && now - this.#halfOpenSince >= this.#trialTimeout) {
      this.#halfOpenSince = now;
      this.#machine.renew();
    }
    this.#pump();
  }

  get #trialTimeout(): number {
    return Number(this.#breaker?.settings['trialTimeout'] ?? backstopMs);
  }
}

/** An open circuit whose wait is over lets test calls in: the first of them changes its state. */
function viewOf(breaker: CircuitBreakerPolicy | undefined): CircuitView {
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
