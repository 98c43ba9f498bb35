import type { CircuitState, TransitionCause } from '../circuit-state.ts';
import { hasMethods, invalidAnswer } from '../internal/options.ts';
import type { Outcomes, OutcomeWindow, StoredWindow, Tracker } from '../internal/outcomes.ts';
import { Ramp } from './ramp.ts';
import type { TrialRules, TrialSupervisor } from './supervision.ts';
import type { Threshold } from './thresholds.ts';
import { Trials } from './trials.ts';
import type { Trial } from './trials.ts';

const none: readonly Tracker[] = [];
const slotMethods = ['success', 'failure', 'release'];

/** What a machine decides by. */
export interface MachineRules extends TrialRules {
  readonly failureThreshold: readonly Threshold[];
  /** A test call that takes longer is a failure; `Infinity` where no threshold is about slowness. */
  readonly slowTrialMs: number;
  /** How long after a recovery only a share of the calls is let through, in ms; 0 for not at all. */
  readonly rampUp: number;
}

/** A transition, and the window of the state that it ended. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly cause: TransitionCause;
  readonly judged: Outcomes;
}

/** What a snapshot brings back, beside the windows. */
export interface Restored {
  readonly state: CircuitState;
  readonly openUntil: number;
  readonly openings: number;
}

/** Where a machine lives: what it asks, and whom it tells. */
export interface MachineHost {
  /** The monotonic time, in ms. */
  now(): number;
  /** The wait before test calls, after the breaker opened `openings` times without recovering. */
  cooldownMs(openings: number): number;
  /** A transition is done. */
  moved(transition: Transition): void;
}

/** A call that asks to be let in; once it is, it is told to `record` or `release` once. */
export interface Admission extends Trial {
  /** The state that let it in: a later one takes no outcome from it. */
  generation: number;
}

/**
 * The state machine of a circuit breaker: synchronous, without timers and without a clock of its
 * own. Every method that needs the time is given it.
 *
 * Each state has a generation. An admission carries the generation that gave it, and its outcome
 * counts only in that one: a call that began before a transition never counts after it.
 */
export class Machine {
  readonly rules: MachineRules;
  generation = 0;
  /** How often it opened since it last recovered. */
  openings = 0;
  /** While OPEN: when test calls are allowed. */
  openUntil = 0;
  /** Outcomes recorded since the machine was made, whatever became of their windows. */
  successes = 0;
  failures = 0;
  #supervisor: TrialSupervisor | undefined = undefined;
  #state: CircuitState = 'CLOSED';
  #isolations = 0;
  /** Grows when all isolations are ended at once: who began one before has none left to end. */
  #isolationRound = 0;
  /** The threshold whose window is shown, and the others: most breakers have just the one. */
  #tracker!: Tracker;
  #otherTrackers!: readonly Tracker[];
  /** The test calls, while HALF_OPEN and after they failed. */
  #trials: Trials | undefined = undefined;
  /** While only a share of the calls is let through after a recovery. */
  #ramp: Ramp | undefined = undefined;
  readonly #host: MachineHost;

  constructor(rules: MachineRules, host: MachineHost) {
    this.rules = rules;
    this.#host = host;
    this.#forget();
  }

  /** Whether every call is let in and judged, whatever the time. */
  get passes(): boolean {
    return this.#state === 'CLOSED' && this.#isolations === 0 && this.#ramp === undefined;
  }

  get state(): CircuitState {
    return this.#isolations > 0 ? 'ISOLATED' : this.#state;
  }

  /** The state without isolation: the one that a release brings back. */
  get inner(): CircuitState {
    return this.#state;
  }

  /** The window that judges now; while OPEN the one that tripped. */
  get window(): Outcomes {
    return this.#trials?.window ?? this.#tracker.window;
  }

  /** Lets a call in, moving to HALF_OPEN if it is time; false refuses it. */
  admit(admission: Admission, now: number): boolean {
    if (this.#isolations > 0) return false;
    if (this.#state === 'OPEN') {
      if (now < this.openUntil) return false;
      if (this.#supervisor !== undefined) return this.#admitSupervised(admission, now);
      this.#enterHalfOpen('cooldown');
      // A listener that was told of it may have moved on.
      if (this.state === 'OPEN' || this.state === 'ISOLATED') return false;
    } else if (this.#state === 'HALF_OPEN' && this.#supervisor !== undefined) {
      return this.#admitSupervised(admission, now);
    }
    admission.generation = this.generation;
    if (this.#state === 'HALF_OPEN') return this.#trials!.admit(admission, now);
    return this.passes || !this.#ramps(now);
  }

  /** Records an outcome of the given generation, if that lasts still. */
  record(admission: Admission, failed: boolean, durationMs: number, now: number): void {
    if (admission.generation !== this.generation) {
      admission.slot?.release();
    } else if (this.#state === 'HALF_OPEN') {
      const holds = this.#trials!.ends(admission, now);
      if (holds) this.#recordTrial(admission, failed || durationMs > this.rules.slowTrialMs, now);
      else admission.slot?.release();
    } else {
      this.recordClosed(admission.generation, failed, durationMs, now);
    }
  }

  /** As `recordClosed`, in short: a success that is not slow opens nothing. */
  recordSuccess(generation: number, now: number): void {
    if (generation !== this.generation) return;
    this.successes++;
    this.#tracker.record(false, 0, now);
    for (const tracker of this.#otherTrackers) tracker.record(false, 0, now);
  }

  /** As `record`, for a call that was let in because the machine `passes`. */
  recordClosed(generation: number, failed: boolean, durationMs: number, now: number): void {
    if (generation !== this.generation || this.#state === 'DISABLED') return;
    this.#count(failed);
    let met = this.#tracker.record(failed, durationMs, now);
    for (const tracker of this.#otherTrackers) {
      if (tracker.record(failed, durationMs, now)) met = true;
    }
    if (met && this.#state === 'CLOSED') this.#enterOpen('threshold', now);
  }

  /** A call ended without an outcome: a test call gives its place back. */
  release(admission: Admission): void {
    this.#trials?.release(admission);
    admission.slot?.release();
  }

  /** Leaves test calls to a supervisor, or with `undefined` to the machine's own rules again. */
  supervise(supervisor: TrialSupervisor | undefined): void {
    this.#supervisor = supervisor;
    // What was counted by other rules would leave a window that can't be decided any more.
    if (this.#state === 'HALF_OPEN') this.#enterHalfOpen('manual');
  }

  get supervised(): boolean {
    return this.#supervisor !== undefined;
  }

  /** Milliseconds until test calls are allowed; 0 unless OPEN. */
  retryAfter(now: number): number {
    return this.state === 'OPEN' ? Math.max(0, this.openUntil - now) : 0;
  }

  /** Milliseconds until a call that is refused now might be let in. */
  retryAfterRefusal(now: number): number {
    const { state } = this;
    if (state === 'ISOLATED') return Infinity;
    if (state === 'CLOSED') return this.#ramp?.left(now) ?? 0;
    const left = this.retryAfter(now);
    if (left > 0) return left;
    return this.#supervisor?.retryAfter?.() ?? this.#trials?.retryAfter(now) ?? 0;
  }

  /** Opens, for the cooldown or the wait given; if it is open already, the wait starts anew. */
  open(now: number, wait?: number): void {
    this.#enterOpen('manual', now, wait);
  }

  close(): void {
    this.#enterClosed('manual');
  }

  /** Closes as after test calls that went well: with the ramp, where the rules have one. */
  recover(now: number, cause: TransitionCause = 'trials'): void {
    const { rampUp } = this.rules;
    this.#enterClosed(cause, rampUp > 0 ? new Ramp(now, rampUp) : undefined);
  }

  halfOpen(): void {
    this.#enterHalfOpen('manual');
  }

  /** Runs every call from now on, and judges none. */
  disable(): void {
    this.#suspend('DISABLED');
  }

  /** Runs and records every call from now on, and opens for none. */
  metricsOnly(): void {
    this.#suspend('METRICS_ONLY');
  }

  /** Holds the circuit open, whatever its state, until what it gives was handed back as often. */
  isolate(): number {
    const from = this.state;
    const round = this.#isolationRound;
    this.#isolations++;
    this.#moved(from, 'manual', this.window);
    return round;
  }

  /** Ends one isolation; one that was ended with all others is fine. */
  endIsolation(round: number): void {
    if (round === this.#isolationRound) this.#setIsolations(this.#isolations - 1);
  }

  /** Ends every isolation, whoever began it. */
  endIsolations(): void {
    if (this.#isolations === 0) return;
    this.#isolationRound++;
    this.#setIsolations(0);
  }

  #setIsolations(left: number): void {
    this.#isolations = left;
    // The calls that were under way belong to a generation that is gone, and so do their places.
    this.#trials?.clear();
    this.#moved('ISOLATED', 'manual', this.window);
  }

  /** Puts back a state from a snapshot, without telling anybody. */
  restore({ state, openUntil, openings }: Restored, trials: StoredWindow | undefined): void {
    this.#state = state;
    this.openUntil = openUntil;
    this.openings = openings;
    if (trials === undefined) return;
    this.#trials = new Trials(this.rules);
    this.#trials.window.restore(trials);
  }

  /** The window of the test calls, where it is the one that judges, or judged last. */
  get trialWindow(): OutcomeWindow | undefined {
    return this.#trials?.window;
  }

  /** The trackers' windows, for a snapshot. */
  get windows(): readonly OutcomeWindow[] {
    return [this.#tracker, ...this.#otherTrackers].map((tracker) => tracker.window);
  }

  #admitSupervised(admission: Admission, now: number): boolean {
    const slot = this.#supervisor!.takeSlot();
    if (slot === undefined) return false;
    if (!hasMethods(slot, slotMethods))
      invalidAnswer('takeSlot', slot, 'a trial slot or undefined');
    if (this.state === 'OPEN') this.#enterHalfOpen('cooldown');
    if (this.state !== 'HALF_OPEN') {
      slot.release();
      return false;
    }
    admission.generation = this.generation;
    this.#trials!.begin(admission, now, slot);
    return true;
  }

  #recordTrial({ slot }: Admission, failed: boolean, now: number): void {
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

  /** Whether the ramp after a recovery refuses the call. */
  #ramps(now: number): boolean {
    if (this.#ramp?.left(now) === 0) this.#ramp = undefined;
    return this.#ramp?.refuses(now) === true;
  }

  #enterOpen(cause: TransitionCause, now: number, wait?: number): void {
    const from = this.state;
    const judged = this.window;
    // Only a fruitless test makes the next wait longer; `open()` again does not.
    this.openings = cause === 'trials' ? this.openings + 1 : Math.max(1, this.openings);
    this.openUntil = now + (wait ?? this.#host.cooldownMs(this.openings));
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
    this.#suspend('CLOSED', cause, ramp);
  }

  /** Enters a state in which every call runs, with a fresh window. */
  #suspend(state: CircuitState, cause: TransitionCause = 'manual', ramp?: Ramp): void {
    this.#ramp = ramp;
    const from = this.state;
    const judged = this.window;
    this.openings = 0;
    this.#trials = undefined;
    this.#forget();
    this.#state = state;
    this.#moved(from, cause, judged);
  }

  #moved(from: CircuitState, cause: TransitionCause, judged: Outcomes): void {
    this.generation++;
    const to = this.state;
    if (from !== to) this.#host.moved({ from, to, cause, judged });
  }

  /** Begins with empty windows. */
  #forget(): void {
    const trackers = this.rules.failureThreshold.map((threshold) => threshold.track(this.#host));
    this.#tracker = trackers[0]!;
    this.#otherTrackers = trackers.length === 1 ? none : trackers.slice(1);
  }
}
