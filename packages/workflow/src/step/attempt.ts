import { CircuitOpenError, isRejection, RetriesExceededError } from '@highway/resilience';
import type { RetryDecision } from '@highway/resilience';
import { ParkExpiredError } from '../errors.ts';
import type { Gate, Pass, Seat } from '../gate/gate.ts';
import type { AttemptEntry, AttemptRecord } from '../records/records.ts';
import { store } from '../records/stored.ts';
import { storeError } from '../records/stored-error.ts';
import type { Execution } from '../run/execution.ts';
import type { StepPlan } from './plan.ts';
import type { StepInfo, WhenOpen } from './step-options.ts';

/** A step to be run. */
export interface StepWork {
  readonly name: string;
  readonly idempotencyKey: string;
  readonly fn: (step: StepInfo) => unknown;
  readonly plan: StepPlan;
  readonly whenOpen: WhenOpen<unknown>;
  /** In ms. */
  readonly maxPark: number;
}

/** What the journal says of the step so far. */
export interface StepProgress {
  /** The attempt to make; the first is 1. */
  readonly attempt: number;
  /** When the first attempt began, in epoch ms; `undefined` before that. */
  readonly firstAt: number | undefined;
  /** The wait before this attempt, in ms. */
  readonly previousDelay: number | undefined;
  /** Since when the step has been parked or refused, in epoch ms. */
  readonly parkedSince: number | undefined;
  /** How often in a row a policy has refused the call. */
  readonly refusals: number;
}

/**
 * One entry of a step: waits for the gates, makes the call, and says what is to be recorded. Runs
 * inside of the journal, so never on a replay; everything that depends on time, chance or the state
 * of a policy happens in here.
 */
export class Attempt {
  readonly #work: StepWork;
  readonly #progress: StepProgress;
  readonly #execution: Execution;
  readonly #seat: Seat | undefined;
  readonly #passes: Pass[] = [];
  #endCall: (() => void) | undefined = undefined;
  #refusedBy: Gate | undefined = undefined;

  constructor(work: StepWork, progress: StepProgress, execution: Execution, seat?: Seat) {
    this.#work = work;
    this.#progress = progress;
    this.#execution = execution;
    this.#seat = seat;
  }

  async run(): Promise<AttemptRecord> {
    for (const gate of this.#execution.services.gates.for(this.#work.plan)) {
      const pass = await this.#turn(gate);
      if (pass !== undefined) this.#passes.push(pass);
      this.#execution.check();
      if (pass === undefined) return this.#refusedAt(gate);
    }
    return this.#call();
  }

  /** What it gave is on record, or never will be. */
  end(): void {
    this.#endCall?.();
    this.#release();
    // It may never have come to the gate.
    this.#seat?.giveUp();
  }

  /** Gives back the passes that no call has used. */
  #release(): void {
    for (const pass of this.#passes) pass.release();
  }

  #refusedAt(gate: Gate): AttemptRecord | Promise<AttemptRecord> {
    this.#release();
    if (this.#work.whenOpen !== 'park') return this.#instead(gate);
    const { parkedSince = Infinity } = this.#progress;
    if (this.#execution.now() - parkedSince >= this.#work.maxPark) return this.#expired(gate);
    this.#refusedBy = gate;
    return { state: 'parked', circuit: gate.circuit, ...this.#entry() };
  }

  /**
   * Waits until the gate that refused may let the step in, or it has waited for as long as it may.
   * Not at all where the entry is an old one: then nobody refused anything in this process.
   */
  async park(since: number): Promise<Seat | undefined> {
    const gate = this.#refusedBy;
    if (gate === undefined) return undefined;
    const left = since + this.#work.maxPark - this.#execution.now();
    const deadline = this.#execution.services.clock.now() + left;
    const seat = await this.#execution.rest(() => gate.park(deadline, this.#execution));
    if (this.#execution.stopped) seat?.giveUp();
    this.#execution.check();
    return seat;
  }

  #turn(gate: Gate): Pass | Promise<Pass | undefined> | undefined {
    const pass = gate.enter(this.#seat, this.#execution);
    // Most often there is nothing to wait for, and the run keeps its slot.
    return pass instanceof Promise ? this.#execution.rest(() => pass) : pass;
  }

  /** The circuit is open, and the step must not wait for it. */
  async #instead(gate: Gate): Promise<AttemptRecord> {
    const { whenOpen, name } = this.#work;
    const entry = this.#entry();
    const error = new CircuitOpenError(
      `${name}: the circuit ${gate.circuit} is open`,
      gate.retryAfter,
      gate.circuit === '' ? undefined : gate.circuit,
    );
    if (typeof whenOpen !== 'function') {
      return { state: 'failed', error: storeError(error), ...entry };
    }
    try {
      return this.#done(await whenOpen(error), entry);
    } catch (thrown) {
      return { state: 'failed', error: storeError(thrown), ...entry };
    }
  }

  async #call(): Promise<AttemptRecord> {
    this.#endCall = await this.#execution.services.calls.begin();
    const at = this.#execution.now();
    const started = this.#execution.services.clock.now();
    const outcome = await this.#execute();
    const ms = Math.round(this.#execution.services.clock.now() - started);
    const entry = { ...this.#entry(), at, ms };
    settle(this.#passes, outcome, this.#execution.stopped);
    this.#execution.check();
    return outcome.ok
      ? this.#afterValue(outcome.value, entry)
      : this.#afterError(outcome.error, entry);
  }

  async #execute(): Promise<Outcome> {
    const { fn, plan, idempotencyKey } = this.#work;
    const { signal, end } = this.#execution.beginCall();
    const { attempt } = this.#progress;
    const call = (given: AbortSignal): unknown => fn({ idempotencyKey, attempt, signal: given });
    try {
      const called = Promise.resolve(
        plan.inner === undefined
          ? call(signal)
          : plan.inner.execute((context) => call(context.signal), { signal, key: idempotencyKey }),
      );
      // A call that never ends must not hold the places of a run that has been cancelled.
      return { ok: true, value: await Promise.race([called, this.#execution.abandoned]) };
    } catch (error) {
      return { ok: false, error };
    } finally {
      end();
    }
  }

  #afterValue(value: unknown, entry: AttemptEntry): AttemptRecord {
    const { retry } = this.#work.plan;
    const decision = retry?.decide({ ...this.#ended(entry), value });
    if (decision?.retry === true) {
      const error = storeError(new Error('The value asks for another attempt'));
      return { state: 'retrying', until: until(entry, decision.delay), error, ...entry };
    }
    return this.#done(value, entry);
  }

  #afterError(error: unknown, entry: AttemptEntry): AttemptRecord {
    const { retry } = this.#work.plan;
    // A rejection says that a policy kept the call from being made, so no attempt is used up.
    if (isRejection(error) && this.#work.whenOpen === 'park') return this.#refused(error, entry);
    let decision: RetryDecision | undefined;
    try {
      decision = retry?.decide({ ...this.#ended(entry), error });
    } catch (thrown) {
      return { state: 'failed', error: storeError(thrown), ...entry };
    }
    if (decision?.retry === true) {
      return {
        state: 'retrying',
        until: until(entry, decision.delay),
        error: storeError(error),
        ...entry,
      };
    }
    const exhausted = decision?.exhausted === true && retry?.settings['rethrow'] !== true;
    const final = exhausted ? new RetriesExceededError(entry.attempt, error, retry?.name) : error;
    return { state: 'failed', error: storeError(final), ...entry };
  }

  /** What a retry is told of the attempt. */
  #ended({ at, ms, attempt }: AttemptEntry): {
    attempt: number;
    elapsed: number;
    previousDelay: number | undefined;
  } {
    const { firstAt, previousDelay } = this.#progress;
    return { attempt, elapsed: at + ms - (firstAt ?? at), previousDelay };
  }

  #refused(error: unknown, entry: AttemptEntry): AttemptRecord {
    const { parkedSince = entry.at, refusals } = this.#progress;
    if (entry.at - parkedSince >= this.#work.maxPark) {
      return { state: 'failed', error: storeError(error), ...entry };
    }
    const { retryAfter = 0 } = error as { retryAfter?: number };
    const backoff = Math.min(longestRefusal, 100 * 2 ** refusals);
    const spread = backoff * (0.5 + this.#execution.services.random() / 2);
    const wait = Math.min(longestRefusal, Math.max(retryAfter, spread));
    return { state: 'refused', until: until(entry, wait), error: storeError(error), ...entry };
  }

  #done(value: unknown, entry: AttemptEntry): AttemptRecord {
    try {
      const stored = store(`step "${this.#work.name}": its result`, value);
      return { state: 'done', value: stored, ...entry };
    } catch (error) {
      return { state: 'failed', error: storeError(error), ...entry };
    }
  }

  #expired(gate: Gate): AttemptRecord {
    const { name, maxPark } = this.#work;
    const error = new ParkExpiredError(name, gate.circuit, maxPark);
    return { state: 'failed', error: storeError(error), ...this.#entry() };
  }

  #entry(): AttemptEntry {
    return { attempt: this.#progress.attempt, at: this.#execution.now(), ms: 0 };
  }
}

type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

const longestRefusal = 30_000;

function until({ at, ms }: AttemptEntry, delay: number): number {
  return Math.ceil(at + ms + delay);
}

/** Tells the circuits how the call ended. */
function settle(passes: readonly Pass[], outcome: Outcome, cancelled: boolean): void {
  for (const pass of passes) {
    if (outcome.ok) pass.success(outcome.value);
    else if (cancelled || isRejection(outcome.error)) pass.release();
    else pass.failure(outcome.error);
  }
}
