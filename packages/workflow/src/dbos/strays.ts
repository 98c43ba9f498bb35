import type { OwnedRun } from './executor-table.ts';

// How many looks a run is left alone for after it was put back for the n-th time, at most.
const longestRest = 128;

/**
 * Finds the runs that a living process owns and does not execute, from one look to the next: the reply
 * to its claim was lost, or its execution ended without an outcome. Seen once, a run may just be about
 * to begin. One that comes back again and again, since the database refuses what it writes each time,
 * is taken up less and less often. Pure.
 */
export class Strays {
  #seen = new Map<string, string>();
  /** How often each has been put back, and in how many looks it may be again. */
  readonly #times = new Map<string, { count: number; rest: number }>();

  /** What to put back, given what is on record and what is being executed. */
  look(owned: readonly OwnedRun[], executing: ReadonlySet<string>): OwnedRun[] {
    const idle = owned.filter(({ id }) => !executing.has(id));
    const before = this.#seen;
    this.#seen = new Map(idle.map(({ id, owner }) => [id, owner]));
    for (const [id, times] of this.#times) {
      times.rest -= 1;
      // It went well for long enough, or it has ended.
      if (times.rest < -longestRest) this.#times.delete(id);
    }
    return idle.filter(({ id, owner }) => before.get(id) === owner && this.#mayGo(id));
  }

  #mayGo(id: string): boolean {
    const { count, rest } = this.#times.get(id) ?? { count: 0, rest: 0 };
    if (rest > 0) return false;
    this.#times.set(id, { count: count + 1, rest: Math.min(longestRest, 2 ** count) });
    return true;
  }
}
