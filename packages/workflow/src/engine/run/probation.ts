import type { Turn } from './turn-queue.ts';

/**
 * How a process executes a run that may have crashed its earlier processes: only one such run at a
 * time, so that the next crash shows which one it was. The probation ends with the run's next journal
 * entry, and pauses while the run waits.
 */
export interface Probation {
  /** Joins the queue for a turn; `undefined` if the run may continue without one. */
  joinQueue(): Turn | undefined;
  /** The run continues now: if the process dies from here on, the crash counts against the run. */
  started(): Promise<void>;
  /** The run waits for something, or isn't executed here any more. */
  paused(): void;
}
