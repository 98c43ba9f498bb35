import type { RunReader } from '../dbos/run-reader.ts';
import type { EndedRun } from '../engine/journal/journal.ts';
import type { RunControl } from './run-control.ts';

// Not in runs.ts: its declarations are public, and must not import the types of DBOS and pg.

/** What `Runs` works with: a worker of this process, or only the database. */
export interface RunsBackend {
  readonly reader: RunReader;
  readonly control: RunControl;
  /** Waits until at least one of the runs has ended, and returns those that have. */
  readonly waitForAny: (ids: readonly string[]) => Promise<readonly EndedRun[]>;
  /** Cancels runs and their child runs. */
  readonly cancel: (ids: readonly string[]) => Promise<void>;
  /** Is called after runs were put back into their queues. */
  readonly requeued: () => void;
}
