import { CircuitOpenError, isRejection, RetriesExceededError } from '@highway/resilience';
import type { RetryDecision } from '@highway/resilience';
import type {
  AdmissionController,
  Reservation,
  Ticket,
} from '../../admission/admission-controller.ts';
import { ParkExpiredError } from '../../errors.ts';
import type { AttemptEntry, AttemptRecord } from '../records/records.ts';
import { storeError } from '../records/stored-error.ts';
import { storeValue } from '../records/stored-value.ts';
import type { Execution } from '../run/execution.ts';
import type { StepPlan } from './plan.ts';
import type { StepInfo, WhenOpen } from './step-options.ts';

/** A step to run. */
export interface DurableStep {
  readonly name: string;
  readonly idempotencyKey: string;
  readonly fn: (step: StepInfo) => unknown;
  readonly plan: StepPlan;
  readonly whenOpen: WhenOpen<unknown>;
  readonly maxParkMs: number;
}

/** What the journal says about the step so far. */
export interface StepProgress {
  /** The number of the next attempt, from 1. */
  readonly attempt: number;
  /** When the first attempt began, in epoch ms; `undefined` before that. */
  readonly firstAt: number | undefined;
  /** How long the step waited before the next attempt. */
  readonly previousDelayMs: number | undefined;
  /** Since when the step has been parked or rejected, in epoch ms. */
  readonly parkedSince: number | undefined;
  /** How many times in a row a policy has rejected the call. */
  readonly rejections: number;
}

/** The longest wait after a rejection by a policy. */
const longestRejectionWaitMs = 30_000;

/**
 * One journal entry of a step: waits for admission, makes the call, and returns what to record. Runs
 * inside of the journal, so never in a replay. Everything that depends on time, randomness or the state
 * of a policy happens here.
 */
export class Attempt {
  readonly #step: DurableStep;
  readonly #progress: StepProgress;
  readonly #execution: Execution;
  readonly #reservation: Reservation | undefined;
  readonly #tickets: Ticket[] = [];
  #endCall: (() => void) | undefined = undefined;
  #rejectedBy: AdmissionController | undefined = undefined;

  constructor(
    step: DurableStep,
    progress: StepProgress,
    execution: Execution,
    reservation?: Reservation,
  ) {
    this.#step = step;
    this.#progress = progress;
    this.#execution = execution;
    this.#reservation = reservation;
  }

  async run(): Promise<AttemptRecord> {
    for (const controller of this.#execution.services.admission.for(this.#step.plan)) {
      const ticket = await this.#admit(controller);
      if (ticket !== undefined) this.#tickets.push(ticket);
      this.#execution.throwIfStopped();
      if (ticket === undefined) return this.#notAdmitted(controller);
    }
    return this.#call();
  }

  /** The result is on record, or never will be. */
  end(): void {
    this.#endCall?.();
    this.#releaseTickets();
    // The attempt may have ended before it used its reservation.
    this.#reservation?.release();
  }

  /** Returns the tickets that no call has used. */
  #releaseTickets(): void {
    for (const ticket of this.#tickets) ticket.release();
  }

  #notAdmitted(controller: AdmissionController): AttemptRecord | Promise<AttemptRecord> {
    this.#releaseTickets();
    if (this.#step.whenOpen !== 'park') return this.#callWhenOpen(controller);
    const { parkedSince = Infinity } = this.#progress;
    if (this.#execution.now() - parkedSince >= this.#step.maxParkMs) {
      return this.#parkExpired(controller);
    }
    this.#rejectedBy = controller;
    return { state: 'parked', circuit: controller.circuit, ...this.#entry() };
  }

  /**
   * Waits until the controller that rejected the step may admit it, or until `maxPark` is over. Returns
   * at once if the entry comes from the journal: then nothing was rejected in this process.
   */
  async park(since: number): Promise<Reservation | undefined> {
    const controller = this.#rejectedBy;
    if (controller === undefined) return undefined;
    const leftMs = since + this.#step.maxParkMs - this.#execution.now();
    const deadline = this.#execution.services.clock.now() + leftMs;
    const reservation = await this.#execution.wait(() =>
      controller.park(deadline, this.#execution),
    );
    if (this.#execution.stopped) reservation?.release();
    this.#execution.throwIfStopped();
    return reservation;
  }

  #admit(controller: AdmissionController): Ticket | Promise<Ticket | undefined> | undefined {
    const ticket = controller.admit(this.#reservation, this.#execution);
    // Usually there is nothing to wait for, and the run keeps its slot.
    return ticket instanceof Promise ? this.#execution.wait(() => ticket) : ticket;
  }

  /** The circuit is open, and `whenOpen` says not to wait for it. */
  async #callWhenOpen(controller: AdmissionController): Promise<AttemptRecord> {
    const { whenOpen, name } = this.#step;
    const entry = this.#entry();
    const error = new CircuitOpenError(
      `${name}: the circuit ${controller.circuit} is open`,
      controller.retryAfter,
      controller.circuit === '' ? undefined : controller.circuit,
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
    settle(this.#tickets, outcome, this.#execution.stopped);
    this.#execution.throwIfStopped();
    return outcome.ok
      ? this.#afterValue(outcome.value, entry)
      : this.#afterError(outcome.error, entry);
  }

  async #execute(): Promise<Outcome> {
    const { fn, plan, idempotencyKey } = this.#step;
    const { signal, end } = this.#execution.beginCall();
    const { attempt } = this.#progress;
    const call = (given: AbortSignal): unknown => fn({ idempotencyKey, attempt, signal: given });
    try {
      const called = Promise.resolve(
        plan.inner === undefined
          ? call(signal)
          : plan.inner.execute((context) => call(context.signal), { signal, key: idempotencyKey }),
      );
      // A call that never ends must not hold the slots of a run that has been cancelled.
      return { ok: true, value: await Promise.race([called, this.#execution.abandoned]) };
    } catch (error) {
      return { ok: false, error };
    } finally {
      end();
    }
  }

  #afterValue(value: unknown, entry: AttemptEntry): AttemptRecord {
    const { retry } = this.#step.plan;
    const decision = retry?.decide({ ...this.#retryInput(entry), value });
    if (decision?.retry === true) {
      const error = storeError(new Error('The retry policy retries this value'));
      return { state: 'retrying', until: until(entry, decision.delay), error, ...entry };
    }
    return this.#done(value, entry);
  }

  #afterError(error: unknown, entry: AttemptEntry): AttemptRecord {
    const { retry } = this.#step.plan;
    // A policy rejected the call before it was made, so this uses up no attempt.
    if (isRejection(error) && this.#step.whenOpen === 'park') return this.#rejected(error, entry);
    let decision: RetryDecision | undefined;
    try {
      decision = retry?.decide({ ...this.#retryInput(entry), error });
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
    const exhausted = decision?.exhausted === true && retry?.rethrow !== true;
    const final = exhausted ? new RetriesExceededError(entry.attempt, error, retry?.name) : error;
    return { state: 'failed', error: storeError(final), ...entry };
  }

  /** What a retry policy needs to know of the attempt. */
  #retryInput({ at, ms, attempt }: AttemptEntry): {
    attempt: number;
    elapsed: number;
    previousDelay: number | undefined;
  } {
    const { firstAt, previousDelayMs } = this.#progress;
    return { attempt, elapsed: at + ms - (firstAt ?? at), previousDelay: previousDelayMs };
  }

  #rejected(error: unknown, entry: AttemptEntry): AttemptRecord {
    const { parkedSince = entry.at, rejections } = this.#progress;
    if (entry.at - parkedSince >= this.#step.maxParkMs) {
      return { state: 'failed', error: storeError(error), ...entry };
    }
    const { retryAfter = 0 } = error as { retryAfter?: number };
    const backoffMs = Math.min(longestRejectionWaitMs, 100 * 2 ** rejections);
    const jitteredMs = backoffMs * (0.5 + this.#execution.services.random() / 2);
    const waitMs = Math.min(longestRejectionWaitMs, Math.max(retryAfter, jitteredMs));
    return { state: 'rejected', until: until(entry, waitMs), error: storeError(error), ...entry };
  }

  #done(value: unknown, entry: AttemptEntry): AttemptRecord {
    try {
      const stored = storeValue(`step "${this.#step.name}": its result`, value);
      return { state: 'done', value: stored, ...entry };
    } catch (error) {
      return { state: 'failed', error: storeError(error), ...entry };
    }
  }

  #parkExpired(controller: AdmissionController): AttemptRecord {
    const { name, maxParkMs } = this.#step;
    const error = new ParkExpiredError(name, controller.circuit, maxParkMs);
    return { state: 'failed', error: storeError(error), ...this.#entry() };
  }

  #entry(): AttemptEntry {
    return { attempt: this.#progress.attempt, at: this.#execution.now(), ms: 0 };
  }
}

type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

function until({ at, ms }: AttemptEntry, delayMs: number): number {
  return Math.ceil(at + ms + delayMs);
}

/** Reports the outcome of the call to the circuits. */
function settle(tickets: readonly Ticket[], outcome: Outcome, cancelled: boolean): void {
  for (const ticket of tickets) {
    if (outcome.ok) ticket.success(outcome.value);
    else if (cancelled || isRejection(outcome.error)) ticket.release();
    else ticket.failure(outcome.error);
  }
}
