import { createHash } from 'node:crypto';
import { isWorkflowError, WorkflowError } from '../errors.ts';
import type { EndedRun, Journal, Runs } from '../journal/journal.ts';
import {
  readBranchesBegun,
  readBranchesEnded,
  writeBranchesBegun,
  writeBranchesEnded,
} from '../records/records.ts';
import type { BranchEnd, BranchMarks } from '../records/records.ts';
import type { Stored } from '../records/stored.ts';
import { storeError } from '../records/stored-error.ts';
import type { Execution } from '../run/execution.ts';
import { assertJoined, isDecided } from './join.ts';
import type { Join, Settled } from './join.ts';

/** One branch: a run of its own, with an id that is the same in every replay. */
export interface Branch {
  readonly key: string;
  readonly id: string;
  readonly workflow: string;
  readonly input: unknown;
  /** The input as the journal would keep it, to know it again by. */
  readonly stored: Stored;
}

/** What `runBranches` is asked for. */
export interface BranchesWork {
  readonly branches: readonly Branch[];
  readonly join: Join;
  /** How many run at once. */
  readonly concurrency: number;
}

/**
 * Starts branches, waits for them, and gives their ends. Takes two places in the journal: one that
 * says which branches these are and that the run waits for them, and one with what became of them.
 */
export async function runBranches(
  name: string,
  work: BranchesWork,
  { journal, execution }: { readonly journal: Journal; readonly execution: Execution },
): Promise<Map<string, Settled<unknown>>> {
  const marks = work.branches.map(
    ({ key, workflow, stored }) => [key, markOf(workflow, stored)] as const,
  );
  const begun = await journal.step(name, () => Promise.resolve(writeBranchesBegun(marks)));
  compare(name, readBranchesBegun(name, begun), marks);
  const ended = await journal.step(name, async () =>
    writeBranchesEnded(await endsOf(work, execution)),
  );
  const ends = readBranchesEnded(name, ended);
  const keys = work.branches.map(({ key }) => key);
  assertJoined(name, work.join, ends, keys);
  return ends;
}

/**
 * Starts the branches, not more at once than asked for, waits until the join is decided, and cancels
 * what is left. Runs inside of a step. After a crash it does the same again: a branch that was
 * started before is found by its id, and one that has ended has its outcome.
 */
async function endsOf(work: BranchesWork, execution: Execution): Promise<BranchEnd[]> {
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
  return branches.flatMap(({ key, id }): BranchEnd[] => {
    const end = ended.get(id);
    if (end === undefined) return [];
    return [[key, end.ok, end.ok ? end.value : storeError(end.error)]];
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
        const isInput = isWorkflowError(error, 'ERR_INPUT');
        if (!isInput && !isWorkflowError(error, 'ERR_NOT_SERIALIZABLE')) throw error;
        return { id, ok: false, error };
      }
    }),
  );
  return ends.filter((end) => end !== undefined);
}

/** By what a branch's input is known again. */
function markOf(workflow: string, { text }: Stored): string {
  return createHash('sha256').update(`${workflow}\n${text}`).digest('base64url').slice(0, 16);
}

/** Throws where a replay asks for other branches than the journal holds. */
function compare(name: string, recorded: BranchMarks, asked: BranchMarks): void {
  const before = new Map(recorded);
  const now = new Map(asked);
  const differs = [...new Set([...before.keys(), ...now.keys()])].find(
    (key) => before.get(key) !== now.get(key),
  );
  if (differs === undefined) return;
  const keys = (marks: BranchMarks): string => marks.map(([key]) => key).join(', ');
  const what =
    before.has(differs) && now.has(differs)
      ? `another input or workflow for the branch ${differs}`
      : `the branches ${keys(asked)}, and the journal holds ${keys(recorded)}`;
  throw new WorkflowError(
    'ERR_REPLAY',
    `${name}: the code asks for ${what}. What depends on the outside world belongs into steps; or the ` +
      'workflow was changed under a run that is under way',
  );
}
