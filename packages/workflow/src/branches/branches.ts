import { isWorkflowError } from '../errors.ts';
import type { EndedRun, Runs } from '../journal/journal.ts';
import type { Execution } from '../run/execution.ts';
import { isDecided, recordEnd } from './join.ts';
import type { Join, RecordedEnd } from './join.ts';

/** One branch: a run of its own, with an id that is the same in every replay. */
export interface Branch {
  readonly key: string;
  readonly id: string;
  readonly workflow: string;
  readonly input: unknown;
}

/** What `runBranches` is asked for. */
export interface BranchesWork {
  readonly branches: readonly Branch[];
  readonly join: Join;
  /** How many run at once. */
  readonly concurrency: number;
}

/** What the journal keeps of all branches together: the end of each that has ended, in order. */
export type BranchesRecord = readonly (readonly [key: string, end: RecordedEnd])[];

/** Whether an entry of the journal is the record of branches. */
export function isBranchesRecord(entry: unknown): entry is BranchesRecord {
  return Array.isArray(entry);
}

/**
 * Starts the branches, not more at once than asked for, waits until the join is decided, and cancels
 * what is left. Runs inside of a step. After a crash it does the same again: a branch that was
 * started before is found by its id, and one that has ended has its outcome.
 */
export async function runBranches(
  work: BranchesWork,
  execution: Execution,
): Promise<BranchesRecord> {
  const { branches, join, concurrency } = work;
  const { runs } = execution.services;
  const ended = new Map<string, EndedRun>();
  const open = new Set<string>();
  let next = 0;
  while (!isDecided(join, [...ended.values()], branches.length)) {
    const starting = branches.slice(next, next + concurrency - open.size);
    next += starting.length;
    for (const refused of await startAll(runs, starting)) ended.set(refused.id, refused);
    for (const { id } of starting) if (!ended.has(id)) open.add(id);
    if (open.size === 0) continue;
    const waited = await execution.rest(() => runs.ended([...open], execution.signal));
    execution.check();
    for (const end of waited) {
      open.delete(end.id);
      ended.set(end.id, end);
    }
  }
  if (open.size > 0) await runs.cancel([...open]);
  return branches.flatMap(({ key, id }) => {
    const end = ended.get(id);
    return end === undefined ? [] : [[key, recordEnd(end)] as const];
  });
}

/** Starts branches; gives the ends of those whose workflow doesn't take their input. */
async function startAll(runs: Runs, branches: readonly Branch[]): Promise<EndedRun[]> {
  const ends = await Promise.all(
    branches.map(async ({ workflow, id, input }): Promise<EndedRun | undefined> => {
      try {
        await runs.enqueue(workflow, id, input);
        return undefined;
      } catch (error) {
        if (isWorkflowError(error, 'ERR_INPUT')) return { id, ok: false, error };
        throw error;
      }
    }),
  );
  return ends.filter((end) => end !== undefined);
}
