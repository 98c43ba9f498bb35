import type { JournalRecord } from '../records/journal-record.ts';
import { readAttempt, readUndoing } from '../records/records.ts';
import type { AttemptRecord } from '../records/records.ts';
import { Stored } from '../records/stored.ts';
import type { StepDescription, StepEntry } from '../runs.ts';
import { waitName } from './run-query.ts';

/** One entry of a run's journal. */
export interface JournalEntry {
  readonly place: number;
  readonly name: string;
  /** Nothing where the entry holds no record: what DBOS notes down for itself. */
  readonly record: JournalRecord | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

type Kind = StepDescription['kind'];

const ownKinds: Readonly<Record<string, Kind>> = {
  'DBOS.recv': 'waitFor',
  'DBOS.setEvent': 'publish',
};

/** Puts the entries of a journal together to steps, in the order in which these began. */
export function describeSteps(entries: readonly JournalEntry[]): StepDescription[] {
  const steps: JournalEntry[][] = [];
  for (const entry of entries) {
    // The deadline of a wait, which has an entry of its own before it; and no step of the user's.
    if (entry.name === waitName || entry.record?.kind === 'undoing') continue;
    const last = steps.at(-1)?.at(-1);
    if (last?.name === entry.name && isOpen(last)) steps.at(-1)!.push(entry);
    else steps.push([entry]);
  }
  return steps.map(describeStep);
}

/** The steps that a run has begun to undo, all of them; `undefined` where it has not. */
export function undoingIn(entries: readonly JournalEntry[]): readonly string[] | undefined {
  const entry = entries.find(({ record }) => record?.kind === 'undoing');
  return entry === undefined ? undefined : readUndoing(entry.name, entry.record!);
}

/** The steps whose undoing is on record as done, in that order. */
export function undoneIn(steps: readonly StepDescription[]): readonly string[] {
  return steps.flatMap(({ kind, name, entries }) =>
    kind === 'undo' && entries.at(-1)?.state === 'done' ? [name] : [],
  );
}

/** A value, or the error that says why nobody can read it. */
export function openFor(stored: Stored): unknown {
  try {
    return stored.open();
  } catch (error) {
    return error;
  }
}

function describeStep(entries: readonly JournalEntry[]): StepDescription {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const kind = kindOf(first);
  const attempts = entries.flatMap((entry) => attemptIn(entry) ?? []);
  const done = attempts.at(-1);
  return {
    name: first.name.replace(/^undo\//, '').replace(/^DBOS\.(patch-)?/, ''),
    kind,
    first: first.place,
    last: last.place,
    entries: attempts.map(describeEntry),
    ...(done?.state === 'done' && { value: openFor(done.value) }),
    ...(last.record?.kind === 'signal' && { value: openFor(new Stored(last.record.body)) ?? null }),
    ...(first.startedAt !== undefined && { startedAt: first.startedAt }),
    ...(!isOpen(last) && last.endedAt !== undefined && { endedAt: last.endedAt }),
  };
}

function describeEntry(record: AttemptRecord): StepEntry {
  const { state, attempt, at, ms } = record;
  return {
    state,
    attempt,
    at: new Date(at),
    ms,
    ...('error' in record && { error: openFor(record.error) }),
    ...('circuit' in record && { circuit: record.circuit }),
    ...('until' in record && { until: new Date(record.until) }),
  };
}

function kindOf({ name, record }: JournalEntry): Kind {
  const own = ownKinds[name];
  if (own !== undefined) return own;
  if (name.startsWith('DBOS.patch-')) return 'patched';
  switch (record?.kind) {
    case 'attempt':
      return name.startsWith('undo/') ? 'undo' : 'step';
    case 'sleep':
    case 'branches':
      return record.kind;
    default:
      return 'other';
  }
}

/** Whether another entry of the same step is to follow. */
function isOpen({ record }: JournalEntry): boolean {
  const state = record?.fields['state'];
  if (record?.kind === 'branches') return state === 'begun';
  return state === 'parked' || state === 'refused' || state === 'retrying';
}

/** The attempt in an entry; nothing where it has none, or one that nobody can read. */
function attemptIn({ name, record }: JournalEntry): AttemptRecord | undefined {
  if (record?.kind !== 'attempt') return undefined;
  try {
    return readAttempt(name, record);
  } catch {
    return undefined;
  }
}
