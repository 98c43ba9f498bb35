import type { CallOutcome, CallRecord } from '../report/records.ts';
import { outcomeOf } from './outcome.ts';

/** Notes how calls end, and knows those that haven't yet. */
export class CallLog {
  readonly #now: () => number;
  readonly #underWay = new Set<{ readonly startedAt: number }>();
  #ended: CallRecord[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many calls are under way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Follows one call to its end; never rejects. */
  async follow(call: () => Promise<void>): Promise<void> {
    const entry = { startedAt: this.#now() };
    this.#underWay.add(entry);
    let outcome: CallOutcome = 'ok';
    try {
      await call();
    } catch (error) {
      outcome = outcomeOf(error);
    }
    if (this.#underWay.delete(entry)) this.#note(entry.startedAt, outcome);
  }

  /** Gives up following: what is under way is unfinished. */
  abandon(): void {
    for (const { startedAt } of this.#underWay) this.#note(startedAt, 'unfinished');
    this.#underWay.clear();
  }

  /** What ended since it was last asked. */
  take(): CallRecord[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #note(startedAt: number, outcome: CallOutcome): void {
    this.#ended.push({ startedAt, endedAt: this.#now(), outcome });
  }
}
