/** How a circuit looks to those who want to make a call. */
export type CircuitView = 'closed' | 'halfOpen' | 'open';

/** What a gate says to one who wants to make a call: go on, wait for your turn, or park. */
export type Admittance = 'enter' | 'wait' | 'refuse';

/** How a call that a gate let in has ended; `none` where it says nothing of the service. */
export type CallOutcome = 'success' | 'failure' | 'none';

/** A call that a gate let in: the phase in which that was. */
export interface Admission {
  readonly phase: number;
}

/** What a gate machine is made with. */
export interface GateRules {
  /** How many calls go first: at half-open, after an outage, and after a start. */
  readonly canaries: number;
  /** How many calls there may be at once when all is well; `Infinity` for no limit. */
  readonly max: number;
  /** Whether to begin with the canaries; a gate without a circuit has nothing to learn. */
  readonly cold: boolean;
}

// Where nothing else limits the calls, a limit of so many limits nothing.
const unlimitedFrom = 1024;

/**
 * Decides how many calls a service gets: none while its circuit is open, the canaries at half-open,
 * and after that a limit that grows by one for each success, which is a doubling from wave to wave.
 * Knows no time, no queues and no promises.
 */
export class GateMachine {
  readonly #canaries: number;
  #max: number;
  #limit: number;
  #phase = 0;
  #active = 0;
  #view: CircuitView = 'closed';

  constructor({ canaries, max, cold }: GateRules) {
    this.#canaries = Math.min(canaries, max);
    this.#max = max;
    this.#limit = cold ? this.#canaries : max;
  }

  /** How many calls there may be at once, were the circuit closed. */
  get limit(): number {
    return this.#limit;
  }

  /** How many calls of this phase are under way. */
  get active(): number {
    return this.#active;
  }

  /** The circuit, when it was looked at last. */
  get view(): CircuitView {
    return this.#view;
  }

  /** Allows no more than `max` calls at once from now on. */
  tighten(max: number): void {
    this.#max = Math.min(this.#max, max);
    this.#limit = Math.min(this.#limit, this.#max);
  }

  /** Takes note of the circuit. Calls from before it opened don't count any more. */
  observe(view: CircuitView): void {
    if (view === this.#view) return;
    this.#view = view;
    if (view !== 'open') return;
    this.#limit = this.#canaries;
    this.renew();
  }

  /** Forgets the calls under way: they take too long to wait for them. */
  renew(): void {
    this.#phase += 1;
    this.#active = 0;
  }

  /** What to say to the next caller. */
  admit(): Admittance {
    if (this.#view === 'open') return 'refuse';
    if (this.#view === 'halfOpen') {
      return this.#active < this.#canaries ? 'enter' : 'refuse';
    }
    return this.#active < this.#limit ? 'enter' : 'wait';
  }

  /** A call begins. */
  enter(): Admission {
    this.#active += 1;
    return { phase: this.#phase };
  }

  /** A call has ended. */
  leave({ phase }: Admission, outcome: CallOutcome): void {
    if (phase !== this.#phase) return;
    this.#active -= 1;
    if (outcome === 'success') this.#grow();
    // A service that is only just back, and fails, is called by half as many.
    else if (outcome === 'failure' && this.#limit < this.#max) {
      this.#limit = Math.max(this.#canaries, Math.ceil(this.#limit / 2));
    }
  }

  /**
   * How many of the parked to wake: at half-open the canaries; when closed, as many as may run and
   * as many again, so that the next wave is at hand when this one ends. `coming` are those woken
   * before who are still on their way.
   */
  wakes(coming: number): number {
    if (this.#view === 'open') return 0;
    const wanted = this.#view === 'halfOpen' ? this.#canaries : 2 * this.#limit;
    return Math.max(0, wanted - this.#active - coming);
  }

  #grow(): void {
    if (this.#limit >= this.#max) return;
    this.#limit = Math.min(this.#max, this.#limit + 1);
    if (this.#limit >= unlimitedFrom) this.#limit = this.#max;
  }
}
