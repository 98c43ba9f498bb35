import type { CircuitState, TransitionCause } from '../../values/circuit-state.ts';
import { hasMethods, invalidResult } from '../../support/options.ts';
import type { Outcomes, Tracker } from '../../support/outcomes.ts';
import { Ramp } from './ramp.ts';
import { admits, cooldownLeft } from './states.ts';
import type { Bypassed, State } from './states.ts';
import type { TrialRules, TrialSlot, TrialSupervisor } from './supervision.ts';
import { track } from './thresholds.ts';
import type { Threshold } from './thresholds.ts';
import { Trials } from './trials.ts';
import type { Trial } from './trials.ts';

const slotMethods = ['success', 'failure', 'release'];

/** The rules of a machine. */
export interface MachineRules extends TrialRules {
  readonly failureThreshold: readonly Threshold[];
  /** A trial call that takes longer is a failure; `Infinity` if no threshold judges slowness. */
  readonly slowTrialMs: number;
  /** How long after a recovery only a share of the calls is admitted, in ms; 0 for no ramp. */
  readonly rampUp: number;
}

/** A state change, and the window of the state that it ended. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly cause: TransitionCause;
  readonly judged: Outcomes;
}

/** What a machine needs from its owner. */
export interface MachineHost {
  readonly rules: MachineRules;
  /** The monotonic time, in ms. */
  now(): number;
  /** The cooldown after the circuit opened `openings` times without recovering. */
  cooldownMs(openings: number): number;
  /** Called after each state change. */
  moved(transition: Transition): void;
}

/** An admitted call, which is settled once with `record` or `release`. */
export interface CircuitTicket extends Trial {
  /** The generation that admitted it. A later one ignores its outcome. */
  generation: number;
}

/** Holds a circuit isolated, above any state, until as many isolations have ended as began. */
interface Isolation {
  count: number;
}

/**
 * The state machine of a circuit breaker. It is synchronous and has neither timers nor a clock: methods that need
 * the time take it as a parameter.
 *
 * Each state has a generation. A ticket carries the generation that admitted it, and its outcome counts only
 * in that one: a call that began before a state change never counts after it.
 */
export class Machine {
  generation = 0;
  /** Outcomes recorded since the machine was made, including those that its windows forgot. */
  successes = 0;
  failures = 0;
  #supervisor: TrialSupervisor | undefined = undefined;
  /** While the circuit is isolated, which hides its state. */
  #isolation: Isolation | undefined = undefined;
  #state: State;
  readonly #host: MachineHost;

  constructor(host: MachineHost) {
    this.#host = host;
    this.#state = { name: 'CLOSED', tracker: this.#newTracker(), ramp: undefined };
  }

  /** Whether every call is admitted and recorded, whatever the time. */
  get passes(): boolean {
    const state = this.#state;
    return state.name === 'CLOSED' && state.ramp === undefined && this.#isolation === undefined;
  }

  get state(): CircuitState {
    return this.#isolation === undefined ? this.#state.name : 'ISOLATED';
  }

  /** The state beneath an isolation. */
  get inner(): State {
    return this.#state;
  }

  /** The current window. While OPEN, it is the window that opened the circuit. */
  get window(): Outcomes {
    return this.#state.trials?.window ?? this.#state.tracker.window;
  }

  /** Admits a call, moving to HALF_OPEN if the cooldown is over. Returns false to reject it. */
  admit(ticket: CircuitTicket, now: number): boolean {
    if (this.#isolation !== undefined) return false;
    const state = this.#state;
    if (state.name === 'OPEN' && now < state.until) return false;
    if (state.name === 'OPEN' || state.name === 'HALF_OPEN') {
      if (this.#supervisor !== undefined)
        return this.#superviseTrial(this.#supervisor, ticket, now);
      if (state.name === 'OPEN') this.halfOpen('cooldown');
    }
    // A listener may have isolated the circuit, or changed its state again.
    if (this.state === 'ISOLATED') return false;
    ticket.generation = this.generation;
    return admits(this.#state, ticket, now);
  }

  /** Records the outcome of a ticket, unless the state has changed since. */
  record(ticket: CircuitTicket, failed: boolean, durationMs: number, now: number): void {
    const state = this.#state;
    if (state.name !== 'HALF_OPEN') {
      this.recordClosed(ticket.generation, failed, durationMs, now);
    } else if (ticket.generation === this.generation && state.trials.ends(ticket, now)) {
      const slow = durationMs > this.#host.rules.slowTrialMs;
      this.#recordTrial(state.trials, ticket.slot, failed || slow, now);
      return;
    }
    // Either it has none, or its outcome does not count.
    ticket.slot?.release();
  }

  /** A shorter `recordClosed` for successes that are not slow, which never open the circuit. */
  recordSuccess(generation: number, now: number): void {
    if (generation !== this.generation) return;
    this.successes++;
    this.#state.tracker.record(false, 0, now);
  }

  /** As `record`, for a call that was admitted because the machine `passes`. */
  recordClosed(generation: number, failed: boolean, durationMs: number, now: number): void {
    const state = this.#state;
    if (generation !== this.generation || state.name === 'DISABLED') return;
    this.#count(failed);
    const met = state.tracker.record(failed, durationMs, now);
    if (met && state.name === 'CLOSED') this.#enterOpen('threshold', now);
  }

  /** A call ended without an outcome: a trial call returns its slot. */
  release(ticket: CircuitTicket): void {
    this.#state.trials?.release(ticket);
    ticket.slot?.release();
  }

  /** Hands trial calls over to a supervisor or, with `undefined`, back to the machine's own rules. */
  supervise(supervisor: TrialSupervisor | undefined): void {
    this.#supervisor = supervisor;
    // Outcomes that were counted by other rules could leave the window undecidable.
    if (this.#state.name === 'HALF_OPEN') this.halfOpen();
  }

  get supervised(): boolean {
    return this.#supervisor !== undefined;
  }

  /** How many ms until trial calls are allowed; 0 unless OPEN. */
  retryAfter(now: number): number {
    return this.#isolation === undefined ? cooldownLeft(this.#state, now) : 0;
  }

  /** How many ms until a call that is rejected now might be admitted. */
  retryAfterRejection(now: number): number {
    if (this.#isolation !== undefined) return Infinity;
    const state = this.#state;
    if (state.name === 'CLOSED') return state.ramp?.left(now) ?? 0;
    // Until the cooldown is over, there are no trial calls to ask a supervisor about.
    return (
      cooldownLeft(state, now) ||
      (this.#supervisor?.retryAfter?.() ?? state.trials?.retryAfter(now) ?? 0)
    );
  }

  /** Opens for the cooldown or for `waitMs`. If it is open already, the wait starts again. */
  open(now: number, waitMs?: number): void {
    this.#enterOpen('manual', now, waitMs);
  }

  /** Closes with empty windows. */
  close(cause: TransitionCause = 'manual', ramp?: Ramp): void {
    this.#enter({ name: 'CLOSED', tracker: this.#newTracker(), ramp }, cause);
  }

  /** Closes as after successful trial calls: with the ramp, if the rules have one. */
  recover(now: number, cause: TransitionCause = 'trials'): void {
    const { rampUp } = this.#host.rules;
    this.close(cause, rampUp > 0 ? new Ramp(now, rampUp) : undefined);
  }

  /** Admits trial calls, with an empty window. */
  halfOpen(cause: TransitionCause = 'manual'): void {
    const { tracker, openings = 0 } = this.#state;
    const trials = new Trials(this.#host.rules);
    this.#enter({ name: 'HALF_OPEN', tracker, openings, trials }, cause);
  }

  /** Runs every call and never opens, with empty windows. */
  bypass(name: Bypassed['name']): void {
    this.#enter({ name, tracker: this.#newTracker() });
  }

  /** Isolates the circuit. Returns a function that ends this isolation, unless `endIsolations` did. */
  isolate(): () => void {
    const from = this.state;
    const isolation = (this.#isolation ??= { count: 0 });
    isolation.count++;
    this.#moved(from);
    return () => {
      this.#endIsolation(isolation, isolation.count - 1);
    };
  }

  /** Ends every isolation. */
  endIsolations(): void {
    if (this.#isolation !== undefined) this.#endIsolation(this.#isolation, 0);
  }

  /** Restores a state from a snapshot, without a transition. */
  restore(state: State): void {
    this.#state = state;
  }

  /** Admits a trial call if the supervisor has a slot for it. */
  #superviseTrial(supervisor: TrialSupervisor, ticket: CircuitTicket, now: number): boolean {
    const slot = supervisor.takeSlot();
    if (slot === undefined) return false;
    if (!hasMethods(slot, slotMethods))
      invalidResult('takeSlot', slot, 'a trial slot or undefined');
    if (this.state === 'OPEN') this.halfOpen('cooldown');
    const state = this.#state;
    if (state.name !== 'HALF_OPEN' || this.#isolation !== undefined) {
      slot.release();
      return false;
    }
    ticket.generation = this.generation;
    state.trials.begin(ticket, now, slot);
    return true;
  }

  #recordTrial(trials: Trials, slot: TrialSlot | undefined, failed: boolean, now: number): void {
    this.#count(failed);
    const decision = trials.record(failed);
    const decides = this.#supervisor === undefined;
    if (failed) slot?.failure();
    else slot?.success();
    if (!decides) return;
    if (decision === 'opens') this.#enterOpen('trials', now);
    else if (decision === 'closes') this.recover(now);
  }

  #count(failed: boolean): void {
    if (failed) this.failures++;
    else this.successes++;
  }

  #enterOpen(cause: TransitionCause, now: number, waitMs?: number): void {
    const { tracker, openings: before = 0, trials } = this.#state;
    // Only failed trial calls make the next cooldown longer; repeated `open()` does not.
    const openings = cause === 'trials' ? before + 1 : Math.max(1, before);
    const until = now + (waitMs ?? this.#host.cooldownMs(openings));
    trials?.clear();
    this.#enter({ name: 'OPEN', tracker, until, openings, trials }, cause);
  }

  #enter(state: State, cause: TransitionCause = 'manual'): void {
    const from = this.state;
    const judged = this.window;
    this.#state = state;
    this.#moved(from, cause, judged);
  }

  #endIsolation(isolation: Isolation, left: number): void {
    if (isolation !== this.#isolation) return;
    isolation.count = left;
    if (left === 0) this.#isolation = undefined;
    // Running trial calls belong to an earlier generation, so their slots are gone.
    this.#state.trials?.clear();
    this.#moved('ISOLATED');
  }

  #moved(from: CircuitState, cause: TransitionCause = 'manual', judged = this.window): void {
    this.generation++;
    const to = this.state;
    if (from !== to) this.#host.moved({ from, to, cause, judged });
  }

  /** A tracker with empty windows. */
  #newTracker(): Tracker {
    return track(this.#host.rules.failureThreshold, this.#host);
  }
}
