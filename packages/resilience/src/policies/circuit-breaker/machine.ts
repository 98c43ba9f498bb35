import type { CircuitState, TransitionCause } from '../../values/circuit-state.ts';
import { hasMethods, invalidResult } from '../../support/options.ts';
import type { Outcomes, OutcomeWindow, StoredWindow, Tracker } from '../../support/outcomes.ts';
import { Ramp } from './ramp.ts';
import type { TrialRules, TrialSupervisor } from './supervision.ts';
import type { Threshold } from './thresholds.ts';
import { Trials } from './trials.ts';
import type { Trial } from './trials.ts';

const none: readonly Tracker[] = [];
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

/** The part of a snapshot that is not a window. */
export interface Restored {
  readonly state: CircuitState;
  readonly openUntil: number;
  readonly openings: number;
}

/** What a machine needs from its owner. */
export interface MachineHost {
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

/**
 * The state machine of a circuit breaker. It is synchronous and has neither timers nor a clock: methods that need
 * the time take it as a parameter.
 *
 * Each state has a generation. A ticket carries the generation that admitted it, and its outcome counts only
 * in that one: a call that began before a state change never counts after it.
 */
export class Machine {
  readonly rules: MachineRules;
  generation = 0;
  /** How often the circuit opened since it last recovered. */
  openings = 0;
  /** While OPEN: when trial calls are allowed. */
  openUntil = 0;
  /** Outcomes recorded since the machine was made, including those that its windows forgot. */
  successes = 0;
  failures = 0;
  #supervisor: TrialSupervisor | undefined = undefined;
  #state: CircuitState = 'CLOSED';
  #isolations = 0;
  /** Grows when all isolations are ended at once, so that handles to earlier ones do nothing. */
  #isolationRound = 0;
  /** The threshold whose window is `history`, and the others. Most breakers have just one. */
  #tracker!: Tracker;
  #otherTrackers!: readonly Tracker[];
  /** The trial calls, while HALF_OPEN and after they failed. */
  #trials: Trials | undefined = undefined;
  /** Set while only a share of the calls is admitted after a recovery. */
  #ramp: Ramp | undefined = undefined;
  readonly #host: MachineHost;

  constructor(rules: MachineRules, host: MachineHost) {
    this.rules = rules;
    this.#host = host;
    this.#resetWindows();
  }

  /** Whether every call is admitted and recorded, whatever the time. */
  get passes(): boolean {
    return this.#state === 'CLOSED' && this.#isolations === 0 && this.#ramp === undefined;
  }

  get state(): CircuitState {
    return this.#isolations > 0 ? 'ISOLATED' : this.#state;
  }

  /** The state beneath an isolation. */
  get inner(): CircuitState {
    return this.#state;
  }

  /** The current window. While OPEN, it is the window that opened the circuit. */
  get window(): Outcomes {
    return this.#trials?.window ?? this.#tracker.window;
  }

  /** Admits a call, moving to HALF_OPEN if the cooldown is over. Returns false to reject it. */
  admit(ticket: CircuitTicket, now: number): boolean {
    if (this.#isolations > 0) return false;
    if (this.#state === 'OPEN') {
      if (now < this.openUntil) return false;
      if (this.#supervisor !== undefined) return this.#admitSupervised(ticket, now);
      this.#enterHalfOpen('cooldown');
      // A listener may have changed the state again.
      if (this.state === 'OPEN' || this.state === 'ISOLATED') return false;
    } else if (this.#state === 'HALF_OPEN' && this.#supervisor !== undefined) {
      return this.#admitSupervised(ticket, now);
    }
    ticket.generation = this.generation;
    if (this.#state === 'HALF_OPEN') return this.#trials!.admit(ticket, now);
    return this.passes || !this.#ramps(now);
  }

  /** Records the outcome of a ticket, unless the state has changed since. */
  record(ticket: CircuitTicket, failed: boolean, durationMs: number, now: number): void {
    if (ticket.generation !== this.generation) {
      ticket.slot?.release();
    } else if (this.#state === 'HALF_OPEN') {
      const holds = this.#trials!.ends(ticket, now);
      if (holds) this.#recordTrial(ticket, failed || durationMs > this.rules.slowTrialMs, now);
      else ticket.slot?.release();
    } else {
      this.recordClosed(ticket.generation, failed, durationMs, now);
    }
  }

  /** A shorter `recordClosed` for successes that are not slow, which never open the circuit. */
  recordSuccess(generation: number, now: number): void {
    if (generation !== this.generation) return;
    this.successes++;
    this.#tracker.record(false, 0, now);
    for (const tracker of this.#otherTrackers) tracker.record(false, 0, now);
  }

  /** As `record`, for a call that was admitted because the machine `passes`. */
  recordClosed(generation: number, failed: boolean, durationMs: number, now: number): void {
    if (generation !== this.generation || this.#state === 'DISABLED') return;
    this.#count(failed);
    let met = this.#tracker.record(failed, durationMs, now);
    for (const tracker of this.#otherTrackers) {
      if (tracker.record(failed, durationMs, now)) met = true;
    }
    if (met && this.#state === 'CLOSED') this.#enterOpen('threshold', now);
  }

  /** A call ended without an outcome: a trial call returns its slot. */
  release(ticket: CircuitTicket): void {
    this.#trials?.release(ticket);
    ticket.slot?.release();
  }

  /** Hands trial calls over to a supervisor or, with `undefined`, back to the machine's own rules. */
  supervise(supervisor: TrialSupervisor | undefined): void {
    this.#supervisor = supervisor;
    // Outcomes that were counted by other rules could leave the window undecidable.
    if (this.#state === 'HALF_OPEN') this.#enterHalfOpen('manual');
  }

  get supervised(): boolean {
    return this.#supervisor !== undefined;
  }

  /** How many ms until trial calls are allowed; 0 unless OPEN. */
  retryAfter(now: number): number {
    return this.state === 'OPEN' ? Math.max(0, this.openUntil - now) : 0;
  }

  /** How many ms until a call that is rejected now might be admitted. */
  retryAfterRejection(now: number): number {
    const { state } = this;
    if (state === 'ISOLATED') return Infinity;
    if (state === 'CLOSED') return this.#ramp?.left(now) ?? 0;
    const left = this.retryAfter(now);
    if (left > 0) return left;
    return this.#supervisor?.retryAfter?.() ?? this.#trials?.retryAfter(now) ?? 0;
  }

  /** Opens for the cooldown or for `waitMs`. If it is open already, the wait starts again. */
  open(now: number, waitMs?: number): void {
    this.#enterOpen('manual', now, waitMs);
  }

  close(): void {
    this.#enterClosed('manual');
  }

  /** Closes as after successful trial calls: with the ramp, if the rules have one. */
  recover(now: number, cause: TransitionCause = 'trials'): void {
    const { rampUp } = this.rules;
    this.#enterClosed(cause, rampUp > 0 ? new Ramp(now, rampUp) : undefined);
  }

  halfOpen(): void {
    this.#enterHalfOpen('manual');
  }

  /** Runs every call and records nothing. */
  disable(): void {
    this.#enterPassing('DISABLED');
  }

  /** Runs and records every call but never opens. */
  metricsOnly(): void {
    this.#enterPassing('METRICS_ONLY');
  }

  /** Isolates the circuit. Returns what `endIsolation` takes. */
  isolate(): number {
    const from = this.state;
    const round = this.#isolationRound;
    this.#isolations++;
    this.#moved(from, 'manual', this.window);
    return round;
  }

  /** Ends one isolation, unless `endIsolations` ended it already. */
  endIsolation(round: number): void {
    if (round === this.#isolationRound) this.#setIsolations(this.#isolations - 1);
  }

  /** Ends every isolation. */
  endIsolations(): void {
    if (this.#isolations === 0) return;
    this.#isolationRound++;
    this.#setIsolations(0);
  }

  #setIsolations(left: number): void {
    this.#isolations = left;
    // Running trial calls belong to an earlier generation, so their slots are gone.
    this.#trials?.clear();
    this.#moved('ISOLATED', 'manual', this.window);
  }

  /** Restores a state from a snapshot, without a transition. */
  restore({ state, openUntil, openings }: Restored, trials: StoredWindow | undefined): void {
    this.#state = state;
    this.openUntil = openUntil;
    this.openings = openings;
    if (trials === undefined) return;
    this.#trials = new Trials(this.rules);
    this.#trials.window.restore(trials);
  }

  /** The window of the trial calls, if they decide or decided last. */
  get trialWindow(): OutcomeWindow | undefined {
    return this.#trials?.window;
  }

  /** The windows of all thresholds, for a snapshot. */
  get windows(): readonly OutcomeWindow[] {
    return [this.#tracker, ...this.#otherTrackers].map((tracker) => tracker.window);
  }

  #admitSupervised(ticket: CircuitTicket, now: number): boolean {
    const slot = this.#supervisor!.takeSlot();
    if (slot === undefined) return false;
    if (!hasMethods(slot, slotMethods))
      invalidResult('takeSlot', slot, 'a trial slot or undefined');
    if (this.state === 'OPEN') this.#enterHalfOpen('cooldown');
    if (this.state !== 'HALF_OPEN') {
      slot.release();
      return false;
    }
    ticket.generation = this.generation;
    this.#trials!.begin(ticket, now, slot);
    return true;
  }

  #recordTrial({ slot }: CircuitTicket, failed: boolean, now: number): void {
    this.#count(failed);
    const decision = this.#trials!.record(failed);
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

  /** Whether the ramp after a recovery rejects the call. */
  #ramps(now: number): boolean {
    if (this.#ramp?.left(now) === 0) this.#ramp = undefined;
    return this.#ramp?.rejects(now) === true;
  }

  #enterOpen(cause: TransitionCause, now: number, waitMs?: number): void {
    const from = this.state;
    const judged = this.window;
    // Only failed trial calls make the next cooldown longer; repeated `open()` does not.
    this.openings = cause === 'trials' ? this.openings + 1 : Math.max(1, this.openings);
    this.openUntil = now + (waitMs ?? this.#host.cooldownMs(this.openings));
    this.#trials?.clear();
    this.#state = 'OPEN';
    this.#moved(from, cause, judged);
  }

  #enterHalfOpen(cause: TransitionCause): void {
    const from = this.state;
    const judged = this.window;
    this.#trials = new Trials(this.rules);
    this.#state = 'HALF_OPEN';
    this.#moved(from, cause, judged);
  }

  #enterClosed(cause: TransitionCause, ramp?: Ramp): void {
    this.#enterPassing('CLOSED', cause, ramp);
  }

  /** Enters a state in which every call runs, with fresh windows. */
  #enterPassing(state: CircuitState, cause: TransitionCause = 'manual', ramp?: Ramp): void {
    this.#ramp = ramp;
    const from = this.state;
    const judged = this.window;
    this.openings = 0;
    this.#trials = undefined;
    this.#resetWindows();
    this.#state = state;
    this.#moved(from, cause, judged);
  }

  #moved(from: CircuitState, cause: TransitionCause, judged: Outcomes): void {
    this.generation++;
    const to = this.state;
    if (from !== to) this.#host.moved({ from, to, cause, judged });
  }

  /** Starts with empty windows. */
  #resetWindows(): void {
    const trackers = this.rules.failureThreshold.map((threshold) => threshold.track(this.#host));
    this.#tracker = trackers[0]!;
    this.#otherTrackers = trackers.length === 1 ? none : trackers.slice(1);
  }
}
