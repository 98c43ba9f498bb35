import { AsyncResource } from 'node:async_hooks';
import { wallNow } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import type { AdmissionControllers } from '../../admission/admission-controllers.ts';
import type { ChildRunStarter, Interruption } from '../journal/journal.ts';
import type { CallTracker } from './call-tracker.ts';
import type { Probation } from './probation.ts';
import type { Slots } from './slots.ts';

/** What a run needs of the process that executes it. */
export interface RunServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly admission: AdmissionControllers;
  readonly childRuns: ChildRunStarter;
  readonly calls: CallTracker;
}

/** What an execution reports. */
export interface ExecutionHooks {
  /** Is called with 1 when the run begins to wait for something, and with -1 when it stops waiting. */
  readonly onWaiting?: (change: number) => void;
  /** Set if the run may have crashed the processes that executed it before. */
  readonly probation?: Probation | undefined;
}

/** How long the call under way may take to end after its run was interrupted. */
const interruptGraceMs = 500;
const longestTimerMs = 2 ** 31 - 1;

/**
 * One execution of a run in this process: its slot, and the signal that ends it. Everything that waits
 * does so through `wait`, so that a waiting run holds no slot.
 */
export class Execution {
  readonly services: RunServices;
  readonly #slots: Slots;
  // Created on demand: there may be many parked runs, and they need no signal.
  #controller: AbortController | undefined = undefined;
  #reason: Interruption | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #graceTimer: unknown = undefined;
  /** The functions that abort the calls under way, each in its own async context. */
  readonly #aborts = new Set<() => void>();
  readonly #hooks: ExecutionHooks;
  #holdsSlot = false;
  #finished = false;
  #waits = 0;
  #abandon: ((reason: Interruption) => void) | undefined = undefined;
  /** Rejects shortly after an interruption, even if the workflow and its steps don't react to it. */
  readonly abandoned: Promise<never>;

  constructor(services: RunServices, slots: Slots, hooks: ExecutionHooks = {}) {
    this.services = services;
    this.#slots = slots;
    this.#hooks = hooks;
    this.abandoned = new Promise((_, reject) => {
      this.#abandon = reject;
    });
    // If nobody waits for it, the rejection is not an unhandled one.
    this.abandoned.catch(() => undefined);
  }

  /** Takes a slot to start the run. */
  start(): Promise<void> {
    return this.#proceed('start');
  }

  /** Gives the slot up for good; whatever the execution still does here has no effect. */
  finish(): void {
    this.#finished = true;
    this.#releaseSlot();
    this.#hooks.probation?.paused();
    if (this.#waits > 0) this.#hooks.onWaiting?.(-this.#waits);
    this.#waits = 0;
  }

  /** Aborts when the run is cancelled, or taken over by another worker. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /**
   * Creates the signal for one call of user code. Its listeners run in the async context of the call,
   * not in that of whoever ends the execution, such as an operator or the heartbeat.
   */
  beginCall(): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const scope = new AsyncResource('highway.call');
    const abort = (): void => {
      scope.runInAsyncScope(() => {
        controller.abort(this.#reason);
      });
    };
    if (this.stopped) abort();
    this.#aborts.add(abort);
    return { signal: controller.signal, end: () => this.#aborts.delete(abort) };
  }

  /** Whether this execution has been interrupted or stopped. */
  get stopped(): boolean {
    return this.#reason !== undefined;
  }

  /** Calls `wake` when this execution is stopped, unless the returned function is called before. One at a time. */
  whenStopped(wake: () => void): () => void {
    this.#wake = wake;
    return () => {
      if (this.#wake === wake) this.#wake = undefined;
    };
  }

  /** Interrupts this execution: ends its waits, and aborts the calls under way. */
  interrupt(reason: Interruption): void {
    // A step that ignores its signal must not hold its slot for long.
    if (!this.stopped) {
      const { clock } = this.services;
      this.#graceTimer = clock.setTimeout(() => this.#abandon?.(reason), interruptGraceMs);
    }
    this.#end(reason);
  }

  /** Like `interrupt`, for a stop of the engine: nobody needs the slot, so it leaves no timer. */
  stop(reason: Interruption): void {
    if (this.#graceTimer !== undefined) this.services.clock.clearTimeout(this.#graceTimer);
    this.#end(reason);
  }

  #end(reason: Interruption): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
    for (const abort of this.#aborts) abort();
    this.#wake?.();
  }

  /** Throws the reason if this execution has been stopped. */
  throwIfStopped(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Epoch ms, for what is recorded. Never call it outside of a journal entry. */
  now(): number {
    return wallNow(this.services.clock);
  }

  /** Waits without holding the slot. */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    this.#releaseSlot();
    this.#hooks.probation?.paused();
    this.#countWait(1);
    try {
      return await work();
    } finally {
      this.#countWait(-1);
      // A stopped execution has nothing to continue.
      if (!this.stopped) await this.#proceed('continue');
    }
  }

  #countWait(change: number): void {
    if (this.#finished) return;
    this.#waits += change;
    this.#hooks.onWaiting?.(change);
  }

  async #proceed(to: 'start' | 'continue'): Promise<void> {
    await this.#takeSlot(to);
    const { probation } = this.#hooks;
    if (probation === undefined || this.#isFinished()) return;
    await this.#waitForTurn(probation);
    if (this.stopped || this.#isFinished()) probation.paused();
    else await probation.started();
  }

  /** Waits, without a slot, while another run on probation has its turn. */
  async #waitForTurn(probation: Probation): Promise<void> {
    const turn = probation.joinQueue();
    if (turn === undefined || turn.isImmediate) return;
    this.#releaseSlot();
    this.#countWait(1);
    const forget = this.whenStopped(() => {
      turn.leave();
    });
    await turn.begun;
    forget();
    this.#countWait(-1);
    if (!this.stopped) await this.#takeSlot('continue');
  }

  async #takeSlot(to: 'start' | 'continue'): Promise<void> {
    if (this.#finished) return;
    await this.#slots.take(to);
    this.#holdsSlot = true;
    // The execution may have finished while it waited for the slot.
    if (this.#isFinished()) this.#releaseSlot();
  }

  // A method, since the compiler assumes that the field doesn't change across an await.
  #isFinished(): boolean {
    return this.#finished;
  }

  #releaseSlot(): void {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    this.#slots.release();
  }

  /** Waits until the wall clock shows `until` (epoch ms); returns at once if it already does. */
  async sleepUntil(until: number): Promise<void> {
    if (until <= this.now()) return;
    await this.wait(() => this.#sleep(until));
    this.throwIfStopped();
  }

  async #sleep(until: number): Promise<void> {
    // Timers hold 31 bits, so a longer wait takes several of them.
    for (let left = until - this.now(); left > 0 && !this.stopped; left = until - this.now()) {
      await this.#timer(Math.min(Math.ceil(left), longestTimerMs));
    }
  }

  #timer(ms: number): Promise<void> {
    const { clock } = this.services;
    return new Promise((resolve) => {
      const end = (): void => {
        forget();
        clock.clearTimeout(handle);
        resolve();
      };
      const handle = clock.setTimeout(end, ms);
      const forget = this.whenStopped(end);
    });
  }
}
