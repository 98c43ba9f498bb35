import type { Turn } from './turns.ts';

/**
 * How a run is executed that may have killed the processes that it ran in: one such run at a time in a
 * process, so that the next crash says which one it was. It is over with the run's next entry in the
 * journal, and doesn't count while the run waits.
 */
export interface Probation {
  /** Whether the run may go on at once. */
  readonly isFree: boolean;
  /** Gets in line to go on. */
  take(): Turn;
  /** The run goes on from here: if the process dies now, that counts. */
  goesOn(): Promise<void>;
  /** The run waits for something, or is executed here no longer. */
  rests(): void;
}
