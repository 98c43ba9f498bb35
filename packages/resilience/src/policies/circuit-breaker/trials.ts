import { CountWindow } from '../../support/count-window.ts';
import type { StoredWindow } from '../../support/outcomes.ts';
import type { TrialRules, TrialSlot } from './supervision.ts';

/** A trial call. */
export interface Trial {
  /** When it loses its slot. */
  deadline: number;
  /** The slot that a supervisor gave it. */
  slot?: TrialSlot;
}

/** The trial calls of one half-open period: their slots, and the window of their outcomes. */
export class Trials {
  readonly window: CountWindow;
  readonly #rules: TrialRules;
  /** The running trial calls, oldest first. */
  readonly #running = new Set<Trial>();

  /** Without running calls, and with the outcomes that a snapshot stored, if any. */
  constructor(rules: TrialRules, stored: StoredWindow = '') {
    this.window = new CountWindow(rules.trialCalls);
    this.window.restore(stored);
    this.#rules = rules;
  }

  /** Gives a call a slot if the window still needs it and not too many trial calls run. */
  admit(trial: Trial, now: number): boolean {
    for (const other of this.#running) {
      if (other.deadline > now) break;
      this.#running.delete(other);
    }
    const needed = this.#rules.trialCalls - this.window.length;
    if (this.#running.size >= Math.min(needed, this.#rules.maxConcurrentTrials)) return false;
    this.begin(trial, now);
    return true;
  }

  /** Starts a trial call, with its own slot or one that a supervisor gave. */
  begin(trial: Trial, now: number, slot?: TrialSlot): void {
    trial.deadline = now + this.#rules.trialTimeoutMs;
    if (slot !== undefined) trial.slot = slot;
    this.#running.add(trial);
  }

  /** Ends a trial call. Returns whether it still had its slot; otherwise its outcome is late. */
  ends(trial: Trial, now: number): boolean {
    return this.#running.delete(trial) && now < trial.deadline;
  }

  /** Records the outcome of a trial call. Returns what it decides, if anything. */
  record(failed: boolean): 'opens' | 'closes' | undefined {
    const { window } = this;
    window.record(failed);
    if (window.failureCount >= this.#rules.failuresToOpen) return 'opens';
    if (window.length - window.failureCount >= this.#rules.successesToClose) return 'closes';
    return undefined;
  }

  /** Returns the slot of a call. */
  release(trial: Trial): void {
    this.#running.delete(trial);
  }

  /** Takes the slots of all calls. */
  clear(): void {
    this.#running.clear();
  }

  /** How many ms until a slot might be free. */
  retryAfter(now: number): number {
    const oldest = this.#running.values().next().value;
    return oldest === undefined ? 0 : Math.max(0, oldest.deadline - now);
  }
}
