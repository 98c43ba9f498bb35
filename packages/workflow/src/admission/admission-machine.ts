/** A circuit as callers see it. */
export type CircuitPhase = 'closed' | 'halfOpen' | 'open';

/** What a caller may do: make its call, wait for other calls to end, or park. */
export type AdmissionDecision = 'admit' | 'wait' | 'park';

/** How an admitted call ended; `none` if that says nothing about the service. */
export type CallOutcome = 'success' | 'failure' | 'none';

/** A call that was admitted, with the generation in which that was. */
export interface AdmittedCall {
  readonly generation: number;
}

/** The limits of an admission machine. */
export interface AdmissionRules {
  /** How many calls go first: when the circuit is half-open, after an outage, and after a start. */
  readonly trialCalls: number;
  /** How many concurrent calls there may be; `Infinity` for no limit. */
  readonly max: number;
  /** Whether to begin with the trial calls. Not needed without a circuit. */
  readonly coldStart: boolean;
}

// Calls that nothing else limits are not limited any more once the limit is this high.
const unlimitedFrom = 1024;

/**
 * Decides how many calls a service gets: none while its circuit is open, the trial calls while it is
 * half-open, and after that a limit that grows by one with each success, which doubles it from wave to
 * wave. Knows no time, no queues and no promises.
 */
export class AdmissionMachine {
  readonly #trialCalls: number;
  #max: number;
  #limit: number;
  #generation = 0;
  #active = 0;
  #phase: CircuitPhase = 'closed';

  constructor({ trialCalls, max, coldStart }: AdmissionRules) {
    this.#trialCalls = Math.min(trialCalls, max);
    this.#max = max;
    this.#limit = coldStart ? this.#trialCalls : max;
  }

  /** How many concurrent calls there may be while the circuit is closed. */
  get limit(): number {
    return this.#limit;
  }

  /** How many calls of this generation are under way. */
  get active(): number {
    return this.#active;
  }

  /** The circuit's phase when it was last observed. */
  get phase(): CircuitPhase {
    return this.#phase;
  }

  /** Allows at most `max` concurrent calls from now on. */
  lowerMax(max: number): void {
    this.#max = Math.min(this.#max, max);
    this.#limit = Math.min(this.#limit, this.#max);
  }

  /** Updates the circuit's phase. When it opens, calls from before no longer count. */
  observe(phase: CircuitPhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase !== 'open') return;
    this.#limit = this.#trialCalls;
    this.startGeneration();
  }

  /** Stops counting the calls under way, for example because they take too long. */
  startGeneration(): void {
    this.#generation += 1;
    this.#active = 0;
  }

  /** Decides about the next caller. */
  decide(): AdmissionDecision {
    if (this.#phase === 'open') return 'park';
    if (this.#phase === 'halfOpen') {
      return this.#active < this.#trialCalls ? 'admit' : 'park';
    }
    return this.#active < this.#limit ? 'admit' : 'wait';
  }

  /** A call begins. */
  begin(): AdmittedCall {
    this.#active += 1;
    return { generation: this.#generation };
  }

  /** A call has ended. */
  end({ generation }: AdmittedCall, outcome: CallOutcome): void {
    if (generation !== this.#generation) return;
    this.#active -= 1;
    if (outcome === 'success') this.#raiseLimit();
    // A service that fails while it recovers gets half as many calls.
    else if (outcome === 'failure' && this.#limit < this.#max) {
      this.#limit = Math.max(this.#trialCalls, Math.ceil(this.#limit / 2));
    }
  }

  /**
   * How many parked callers to wake: the trial calls while the circuit is half-open; while it is
   * closed, twice the limit, so that the next wave is ready when this one ends. `reserved` is the
   * number of woken callers that haven't come back yet.
   */
  wakeCount(reserved: number): number {
    if (this.#phase === 'open') return 0;
    const wanted = this.#phase === 'halfOpen' ? this.#trialCalls : 2 * this.#limit;
    return Math.max(0, wanted - this.#active - reserved);
  }

  #raiseLimit(): void {
    if (this.#limit >= this.#max) return;
    this.#limit = Math.min(this.#max, this.#limit + 1);
    if (this.#limit >= unlimitedFrom) this.#limit = this.#max;
  }
}
