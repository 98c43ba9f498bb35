import { AsyncResource } from 'node:async_hooks';
import { wallNow } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import type { Gates } from '../gate/gates.ts';
import type { Runs, Interruption } from '../journal/journal.ts';
import type { Calls } from './calls.ts';
import type { Probation } from './probation.ts';
import type { Slots } from './slots.ts';

/** What a run needs of the process that it runs in. */
export interface RunServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly gates: Gates;
  readonly runs: Runs;
  readonly calls: Calls;
}

/** What an execution tells others of. */
export interface ExecutionHooks {
  /** One more thing, or one less, that it waits for. */
  readonly resting?: (by: number) => void;
  /** Where the run may have killed the processes that it ran in before. */
  readonly probation?: Probation | undefined;
}

/**
 * One execution of a run in this process: its slot, and the signal that ends it. Everything that
 * waits does so through `rest`, so that a waiting run holds no slot.
 */
export class Execution {
  readonly services: RunServices;
  readonly #slots: Slots;
  // Made when somebody asks for the signal: a run that is parked doesn't, and there may be many.
  #controller: AbortController | undefined = undefined;
  #reason: Interruption | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #grace: unknown = undefined;
  /** Abort the calls under way, each in its own context. */
  readonly #calls = new Set<() => void>();
  readonly #hooks: ExecutionHooks;
  #holdsSlot = false;
  #left = false;
  #rests = 0;
  #abandon: ((reason: Interruption) => void) | undefined = undefined;
  /** Rejects a moment after this execution was ended, whatever the workflow and its steps wait for. */
  readonly abandoned: Promise<never>;

  constructor(services: RunServices, slots: Slots, hooks: ExecutionHooks = {}) {
    this.services = services;
    this.#slots = slots;
    this.#hooks = hooks;
    this.abandoned = new Promise((_, reject) => {
      this.#abandon = reject;
    });
    // Whoever waits for it hears of it.
    this.abandoned.catch(() => undefined);
  }

  /** Takes a slot, to begin. */
  enter(): Promise<void> {
    return this.#goOn('begin');
  }

  /** Gives the slot up for good; what the execution still does here counts for nothing. */
  leave(): void {
    this.#left = true;
    this.#giveSlot();
    this.#hooks.probation?.rests();
    if (this.#rests > 0) this.#hooks.resting?.(-this.#rests);
    this.#rests = 0;
  }

  /** Aborts when the run is cancelled, or lost to another worker. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /**
   * A signal for one call of the user's, like the one above. Its listeners run in the context of the
   * call, and not in that of whoever ends the execution: an operator, the heartbeat.
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
    this.#calls.add(abort);
    return { signal: controller.signal, end: () => this.#calls.delete(abort) };
  }

  /** Whether this execution has been ended. */
  get stopped(): boolean {
    return this.#reason !== undefined;
  }

  /** Calls `wake` when this execution is ended; what it gives takes that back. One at a time. */
  whenStopped(wake: () => void): () => void {
    this.#wake = wake;
    return () => {
      if (this.#wake === wake) this.#wake = undefined;
    };
  }

  /** Ends this execution: whatever it waits for, and the signal of the call under way. */
  interrupt(reason: Interruption): void {
    // A step that heeds its signal ends by itself; one that doesn't must not hold its slot.
    if (!this.stopped) {
      this.#grace = this.services.clock.setTimeout(() => this.#abandon?.(reason), graceMs);
    }
    this.#end(reason);
  }

  /** The same where the engine stops: nobody waits for the slot, so no timer is left behind. */
  stop(reason: Interruption): void {
    if (this.#grace !== undefined) this.services.clock.clearTimeout(this.#grace);
    this.#end(reason);
  }

  #end(reason: Interruption): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
    for (const abort of this.#calls) abort();
    this.#wake?.();
  }

  /** Throws where this execution has been ended. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** Epoch ms. Only for what is recorded; never read outside of steps. */
  now(): number {
    return wallNow(this.services.clock);
  }

  /** Gives the slot up while waiting. */
  async rest<T>(wait: () => Promise<T>): Promise<T> {
    this.#giveSlot();
    this.#hooks.probation?.rests();
    this.#rest(1);
    try {
      return await wait();
    } finally {
      this.#rest(-1);
      // One that was ended has nothing to go on with.
      if (!this.stopped) await this.#goOn('goOn');
    }
  }

  #rest(by: number): void {
    if (this.#left) return;
    this.#rests += by;
    this.#hooks.resting?.(by);
  }

  async #goOn(to: 'begin' | 'goOn'): Promise<void> {
    await this.#takeSlot(to);
    const { probation } = this.#hooks;
    if (probation === undefined || this.#hasLeft()) return;
    await this.#waitForTurn(probation);
    if (this.stopped || this.#hasLeft()) probation.rests();
    else await probation.goesOn();
  }

  /** Waits, without a slot, while another run on probation goes on. */
  async #waitForTurn(probation: Probation): Promise<void> {
    const isFree = probation.isFree;
    const turn = probation.take();
    if (isFree) return;
    this.#giveSlot();
    this.#rest(1);
    const forget = this.whenStopped(() => {
      turn.leave();
    });
    await turn.come;
    forget();
    this.#rest(-1);
    if (!this.stopped) await this.#takeSlot('goOn');
  }

  async #takeSlot(to: 'begin' | 'goOn'): Promise<void> {
    if (this.#left) return;
    await this.#slots.take(to);
    this.#holdsSlot = true;
    // It may have been given up while it waited for the slot.
    if (this.#hasLeft()) this.#giveSlot();
  }

  // A question of its own, since the answer changes while somebody waits.
  #hasLeft(): boolean {
    return this.#left;
  }

  #giveSlot(): void {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    this.#slots.release();
  }

  /** Waits until the wall clock shows `until`; no time at all where it does already. */
  async restUntil(until: number): Promise<void> {
    if (until <= this.now()) return;
    await this.rest(() => this.#sleep(until));
    this.check();
  }

  async #sleep(until: number): Promise<void> {
    // Timers hold 31 bits; a longer wait takes several.
    for (let left = until - this.now(); left > 0 && !this.stopped; left = until - this.now()) {
      await this.#timer(Math.min(Math.ceil(left), longestTimer));
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

// How long the call under way may take to end once its run was cancelled.
const graceMs = 500;
const longestTimer = 2 ** 31 - 1;
