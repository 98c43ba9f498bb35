import { CountWindow } from '../internal/count-window.ts';
import type { TrialRules, TrialSlot } from './supervision.ts';

/** A test call that asks for a place. */
export interface Trial {
  /** When it loses its place. */
  deadline: number;
  /** The place that a supervisor gave it. */
  slot?: TrialSlot;
}

/** The test calls of one half-open time: their places, and the window of their outcomes. */
export class Trials {
  readonly window: CountWindow;
  readonly #rules: TrialRules;
  /** The test calls under way, the oldest first. */
  readonly #underWay = new Set<Trial>();

  constructor(rules: TrialRules) {
    this.window = new CountWindow(rules.trialCalls);
    this.#rules = rules;
  }

  /** Gives a call a place, if the window still needs it and not too many are under way. */
  admit(trial: Trial, now: number): boolean {
    for (const other of this.#underWay) {
      if (other.deadline > now) break;
      this.#underWay.delete(other);
    }
    const needed = this.#rules.trialCalls - this.window.length;
    if (this.#underWay.size >= Math.min(needed, this.#rules.maxConcurrentTrials)) return false;
    this.begin(trial, now);
    return true;
  }

  /** A call has a place, its own or one that a supervisor gave. */
  begin(trial: Trial, now: number, slot?: TrialSlot): void {
    trial.deadline = now + this.#rules.trialTimeoutMs;
    if (slot !== undefined) trial.slot = slot;
    this.#underWay.add(trial);
  }

  /** Whether a call still has its place; one that lost it is late, whoever has it now. */
  ends(trial: Trial, now: number): boolean {
    return this.#underWay.delete(trial) && now < trial.deadline;
  }

  /** Records the outcome of a call that had its place; what the rules make of it, if anything. */
  record(failed: boolean): 'opens' | 'closes' | undefined {
    const { window } = this;
    window.record(failed);
    if (window.failureCount >= this.#rules.failuresToOpen) return 'opens';
    if (window.length - window.failureCount >= this.#rules.successesToClose) return 'closes';
    return undefined;
  }

  /** A call gives its place back. */
  release(trial: Trial): void {
    this.#underWay.delete(trial);
  }

  /** All lose their places. */
  clear(): void {
    this.#underWay.clear();
  }

  /** How many ms until a refused call might find a place. */
  retryAfter(now: number): number {
    const oldest = this.#underWay.values().next().value;
    return oldest === undefined ? 0 : Math.max(0, oldest.deadline - now);
  }
}
