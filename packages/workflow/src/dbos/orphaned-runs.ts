import type { OwnedRun } from './executor-table.ts';

/** How many checks a run is left alone at most after it was put back. */
const longestPause = 128;

/**
 * Finds the runs that a living process owns but doesn't execute: the reply to its claim was lost, or its
 * execution ended without an outcome. A run must be seen so in two checks in a row, since it may just be
 * about to start. A run that comes back again and again, because the database rejects what it writes,
 * is put back less and less often. Pure.
 */
export class OrphanedRuns {
  #seen = new Map<string, string>();
  /** How often each run has been put back, and for how many checks it is left alone. */
  readonly #history = new Map<string, { count: number; pause: number }>();

  /** The runs to put back, given the runs that this process owns and those that it executes. */
  check(owned: readonly OwnedRun[], executing: ReadonlySet<string>): OwnedRun[] {
    const idle = owned.filter(({ id }) => !executing.has(id));
    const before = this.#seen;
    this.#seen = new Map(idle.map(({ id, owner }) => [id, owner]));
    for (const [id, history] of this.#history) {
      history.pause -= 1;
      // It has been executing for long enough, or has ended.
      if (history.pause < -longestPause) this.#history.delete(id);
    }
    return idle.filter(({ id, owner }) => before.get(id) === owner && this.#mayPutBack(id));
  }

  #mayPutBack(id: string): boolean {
    const { count, pause } = this.#history.get(id) ?? { count: 0, pause: 0 };
    if (pause > 0) return false;
    this.#history.set(id, { count: count + 1, pause: Math.min(longestPause, 2 ** count) });
    return true;
  }
}
