import { createHash } from 'node:crypto';
import { isWorkflowError, WorkflowError } from '../../errors.ts';
import type { ChildRunStarter, EndedRun, Journal } from '../journal/journal.ts';
import {
  readChildrenEnded,
  readChildrenStarted,
  writeChildrenEnded,
  writeChildrenStarted,
} from '../records/records.ts';
import type { ChildFingerprints, ChildOutcome } from '../records/records.ts';
import { storeError } from '../records/stored-error.ts';
import type { StoredValue } from '../records/stored-value.ts';
import type { Execution } from '../run/execution.ts';
import { assertJoined, isDecided } from './join.ts';
import type { Join, Settled } from './join.ts';

/** A child run to start. Its id is the same in every replay. */
export interface ChildRun {
  readonly key: string;
  readonly id: string;
  readonly workflow: string;
  readonly input: unknown;
  /** The input as the journal would keep it; its fingerprint is recorded. */
  readonly stored: StoredValue;
}

/** The child runs of one operation. */
export interface ChildRunsRequest {
  readonly children: readonly ChildRun[];
  readonly join: Join;
  /** How many are under way at the same time. */
  readonly concurrency: number;
}

/**
 * Starts child runs, waits for them, and returns their outcomes. Takes two journal entries: the first
 * says which child runs the run waits for, the second has their outcomes.
 */
export async function runChildren(
  name: string,
  request: ChildRunsRequest,
  { journal, execution }: { readonly journal: Journal; readonly execution: Execution },
): Promise<Map<string, Settled<unknown>>> {
  const fingerprints = request.children.map(
    ({ key, workflow, stored }) => [key, fingerprintOf(workflow, stored)] as const,
  );
  const started = await journal.step(name, () =>
    Promise.resolve(writeChildrenStarted(fingerprints)),
  );
  compare(name, readChildrenStarted(name, started), fingerprints);
  const ended = await journal.step(name, async () =>
    writeChildrenEnded(await outcomesOf(request, execution)),
  );
  const outcomes = readChildrenEnded(name, ended);
  const keys = request.children.map(({ key }) => key);
  assertJoined(name, request.join, outcomes, keys);
  return outcomes;
}

/**
 * Starts the child runs, at most `concurrency` at the same time, waits until the join is decided, and
 * cancels the others. Runs inside of a journal entry. After a crash it does the same again: a child run
 * that was started before is found by its id, and one that has ended keeps its outcome.
 */
async function outcomesOf(
  request: ChildRunsRequest,
  execution: Execution,
): Promise<ChildOutcome[]> {
  const { children, join, concurrency } = request;
  const { childRuns } = execution.services;
  const ended = new Map<string, EndedRun>();
  const open = new Set<string>();
  let next = 0;
  while (!isDecided(join, [...ended.values()], children.length)) {
    const starting = children.slice(next, next + concurrency - open.size);
    next += starting.length;
    for (const rejected of await startAll(childRuns, starting)) ended.set(rejected.id, rejected);
    for (const { id } of starting) if (!ended.has(id)) open.add(id);
    if (open.size === 0) continue;
    const some = await execution.wait(() => childRuns.waitForAny([...open], execution.signal));
    execution.throwIfStopped();
    for (const run of some) {
      open.delete(run.id);
      ended.set(run.id, run);
    }
  }
  if (open.size > 0) await childRuns.cancel([...open]);
  return children.flatMap(({ key, id }): ChildOutcome[] => {
    const run = ended.get(id);
    if (run === undefined) return [];
    return [[key, run.ok, run.ok ? run.value : storeError(run.error)]];
  });
}

/** Starts child runs; returns the outcomes of those whose workflow doesn't accept their input. */
async function startAll(
  starter: ChildRunStarter,
  children: readonly ChildRun[],
): Promise<EndedRun[]> {
  const outcomes = await Promise.all(
    children.map(async ({ workflow, id, input }): Promise<EndedRun | undefined> => {
      try {
        await starter.enqueue(workflow, id, input);
        return undefined;
      } catch (error) {
        const isInput = isWorkflowError(error, 'ERR_INPUT');
        if (!isInput && !isWorkflowError(error, 'ERR_NOT_SERIALIZABLE')) throw error;
        return { id, ok: false, error };
      }
    }),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

/** Identifies a workflow and an input in a replay. */
function fingerprintOf(workflow: string, { text }: StoredValue): string {
  return createHash('sha256').update(`${workflow}\n${text}`).digest('base64url').slice(0, 16);
}

/** Throws if a replay asks for other child runs than the journal holds. */
function compare(name: string, recorded: ChildFingerprints, requested: ChildFingerprints): void {
  const before = new Map(recorded);
  const now = new Map(requested);
  const differing = [...new Set([...before.keys(), ...now.keys()])].find(
    (key) => before.get(key) !== now.get(key),
  );
  if (differing === undefined) return;
  const keysOf = (prints: ChildFingerprints): string => prints.map(([key]) => key).join(', ');
  const what =
    before.has(differing) && now.has(differing)
      ? `another input or workflow for the child run ${differing}`
      : `the child runs ${keysOf(requested)}, but the journal holds ${keysOf(recorded)}`;
  throw new WorkflowError(
    'ERR_REPLAY',
    `${name}: the code asks for ${what}. Either something that may change is read outside a step, or ` +
      'the workflow was changed while the run was open',
  );
}
