import type { StepDescription, StepEntry } from '../client/run-types.ts';
import { compensatedStep } from '../engine/records/entry-names.ts';
import type { JournalRecord } from '../engine/records/journal-record.ts';
import { readAttempt, readCompensating } from '../engine/records/records.ts';
import type { AttemptRecord } from '../engine/records/records.ts';
import { StoredValue } from '../engine/records/stored-value.ts';
import { waitName } from './run-query.ts';

/** One entry of a run's journal. */
export interface JournalEntry {
  readonly position: number;
  readonly name: string;
  /** Missing if the entry is one of DBOS itself. */
  readonly record: JournalRecord | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

type Kind = StepDescription['kind'];

const kindsOfDbosNames: Readonly<Record<string, Kind>> = {
  'DBOS.recv': 'waitFor',
  'DBOS.setEvent': 'publish',
};

/** Groups the entries of a journal into steps, in the order in which these began. */
export function describeSteps(entries: readonly JournalEntry[]): StepDescription[] {
  const steps: JournalEntry[][] = [];
  for (const entry of entries) {
    // The deadline of a wait, which also has another entry; and the beginning of compensation.
    if (entry.name === waitName || entry.record?.kind === 'compensating') continue;
    const last = steps.at(-1)?.at(-1);
    if (last?.name === entry.name && isOpen(last)) steps.at(-1)!.push(entry);
    else steps.push([entry]);
  }
  return steps.map(describeStep);
}

/** All steps that the run has started to compensate; `undefined` before that. */
export function compensatingIn(entries: readonly JournalEntry[]): readonly string[] | undefined {
  const entry = entries.find(({ record }) => record?.kind === 'compensating');
  return entry === undefined ? undefined : readCompensating(entry.name, entry.record!);
}

/** The steps whose compensation is done, in that order. */
export function compensatedIn(steps: readonly StepDescription[]): readonly string[] {
  return steps.flatMap(({ kind, name, entries }) =>
    kind === 'compensation' && entries.at(-1)?.state === 'done' ? [name] : [],
  );
}

/** A stored value, or the error of decoding it. */
export function tryDecode(stored: StoredValue): unknown {
  try {
    return stored.decode();
  } catch (error) {
    return error;
  }
}

function describeStep(entries: readonly JournalEntry[]): StepDescription {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const attempts = entries.flatMap((entry) => attemptIn(entry) ?? []);
  const lastAttempt = attempts.at(-1);
  return {
    name: compensatedStep(first.name) ?? first.name.replace(/^DBOS\.(patch-)?/, ''),
    kind: kindOf(first),
    first: first.position,
    last: last.position,
    entries: attempts.map(describeEntry),
    ...(lastAttempt?.state === 'done' && { value: tryDecode(lastAttempt.value) }),
    ...(last.record?.kind === 'signal' && {
      value: tryDecode(new StoredValue(last.record.body)) ?? null,
    }),
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
    ...('error' in record && { error: tryDecode(record.error) }),
    ...('circuit' in record && { circuit: record.circuit }),
    ...('until' in record && { until: new Date(record.until) }),
  };
}

function kindOf({ name, record }: JournalEntry): Kind {
  const dbosKind = kindsOfDbosNames[name];
  if (dbosKind !== undefined) return dbosKind;
  if (name.startsWith('DBOS.patch-')) return 'patched';
  switch (record?.kind) {
    case 'attempt':
      return compensatedStep(name) === undefined ? 'step' : 'compensation';
    case 'sleep':
    case 'children':
      return record.kind;
    default:
      return 'other';
  }
}

/** Whether another entry of the same step will follow. */
function isOpen({ record }: JournalEntry): boolean {
  const state = record?.fields['state'];
  if (record?.kind === 'children') return state === 'started';
  return state === 'parked' || state === 'rejected' || state === 'retrying';
}

/** The attempt in an entry; `undefined` if it has none, or one that can't be read. */
function attemptIn({ name, record }: JournalEntry): AttemptRecord | undefined {
  if (record?.kind !== 'attempt') return undefined;
  try {
    return readAttempt(name, record);
  } catch {
    return undefined;
  }
}
