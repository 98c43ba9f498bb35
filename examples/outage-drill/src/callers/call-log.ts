import type { CallOutcome, CallRecord } from '../report/records.ts';
import { outcomeOf } from './outcome.ts';

/** Records how calls end, and which have not ended yet. */
export class CallLog {
  readonly #now: () => number;
  readonly #underWay = new Set<{ readonly startedAt: number }>();
  #ended: CallRecord[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The number of calls in progress. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Records one call when it ends; never rejects. */
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

  /** Records the calls in progress as unfinished. */
  abandon(): void {
    for (const { startedAt } of this.#underWay) this.#note(startedAt, 'unfinished');
    this.#underWay.clear();
  }

  /** The calls that ended since the last call of this method. */
  take(): CallRecord[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #note(startedAt: number, outcome: CallOutcome): void {
    this.#ended.push({ startedAt, endedAt: this.#now(), outcome });
  }
}
