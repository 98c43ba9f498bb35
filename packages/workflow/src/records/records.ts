import type { Settled } from '../branches/join.ts';
import { decodeTree } from './decode-value.ts';
import { JournalRecord } from './journal-record.ts';
import type { RecordKind } from './journal-record.ts';
import { otherEntry } from './other-entry.ts';
import { Stored, unreadable } from './stored.ts';

/** What all entries of a step have in common. */
export interface AttemptEntry {
  /** The attempt that this is, or that is still to come; the first is 1. */
  readonly attempt: number;
  /** When the entry's work began, in epoch ms: after all waiting. */
  readonly at: number;
  /** How long the call took, in ms. */
  readonly ms: number;
}

/** One entry of a step in the journal. */
export type AttemptRecord =
  /** The call went well. */
  | ({ readonly state: 'done'; readonly value: Stored } & AttemptEntry)
  /** The call failed, and there is another attempt at `until` (epoch ms). */
  | ({ readonly state: 'retrying'; readonly error: Stored; readonly until: number } & AttemptEntry)
  /** The call failed for good. */
  | ({ readonly state: 'failed'; readonly error: Stored } & AttemptEntry)
  /** The circuit was open, so there was no call. */
  | ({ readonly state: 'parked'; readonly circuit: string } & AttemptEntry)
  /** A policy refused the call for another reason, until `until` (epoch ms) at least. */
  | ({ readonly state: 'refused'; readonly error: Stored; readonly until: number } & AttemptEntry);

/** Where a run stands while this is the last entry of its journal; nothing where it is running. */
const stands: Readonly<Partial<Record<AttemptRecord['state'], string>>> = {
  parked: 'parked',
  refused: 'parked',
  retrying: 'retrying',
};

export function writeAttempt(record: AttemptRecord): JournalRecord {
  const { state, attempt, at, ms } = record;
  const body = 'value' in record ? record.value : 'error' in record ? record.error : undefined;
  return new JournalRecord(
    'attempt',
    {
      state,
      stands: stands[state],
      ...('until' in record && { until: timeOf(record.until) }),
      ...('circuit' in record && { circuit: record.circuit }),
      attempt,
      at,
      ms,
    },
    body?.text,
  );
}

/** Reads the entry of a step, or of its undoing; throws `ERR_REPLAY` where it is something else. */
export function readAttempt(name: string, record: JournalRecord): AttemptRecord {
  const { fields } = expectKind(name, 'attempt', record);
  const { state } = fields;
  const entry = {
    attempt: numberOf(record, 'attempt'),
    at: numberOf(record, 'at'),
    ms: numberOf(record, 'ms'),
  };
  const body = new Stored(record.body);
  switch (state) {
    case 'done':
      return { state, value: body, ...entry };
    case 'failed':
      return { state, error: body, ...entry };
    case 'retrying':
    case 'refused':
      return { state, error: body, until: numberOf(record, 'until'), ...entry };
    case 'parked':
      return { state, circuit: String(fields['circuit'] ?? ''), ...entry };
    default:
      throw unreadable(`an attempt with the state ${String(state)}`);
  }
}

export function writeSleep(until: number): JournalRecord {
  return new JournalRecord('sleep', {
    state: 'sleeping',
    stands: 'sleeping',
    until: timeOf(until),
  });
}

/** When a sleep is over, in epoch ms. */
export function readSleep(name: string, record: JournalRecord): number {
  return numberOf(expectKind(name, 'sleep', record), 'until');
}

/** Which branches there are, and what each is started with: it must be the same on a replay. */
export type BranchMarks = readonly (readonly [key: string, mark: string])[];

/** Branches begin with an entry of their own, so that the journal says that they are waited for. */
export function writeBranchesBegun(marks: BranchMarks): JournalRecord {
  return new JournalRecord(
    'branches',
    { state: 'begun', stands: 'waiting' },
    JSON.stringify(marks),
  );
}

export function readBranchesBegun(name: string, record: JournalRecord): BranchMarks {
  const { fields, body } = expectKind(name, 'branches', record);
  if (fields['state'] !== 'begun') throw otherEntry(name, 'the beginning of branches');
  return parseJson(body) as BranchMarks;
}

/** The end of a branch, as it is put on record. */
export type BranchEnd = readonly [key: string, ok: boolean, value: Stored];

/** All branches together: the end of each that has ended, in the order in which they were given. */
export function writeBranchesEnded(ends: readonly BranchEnd[]): JournalRecord {
  const texts = ends.map(([key, ok, { text }]) => `[${JSON.stringify(key)},${ok},${text}]`);
  return new JournalRecord('branches', { state: 'ended' }, `[${texts.join(',')}]`);
}

export function readBranchesEnded(
  name: string,
  record: JournalRecord,
): Map<string, Settled<unknown>> {
  const { fields, body } = expectKind(name, 'branches', record);
  if (fields['state'] !== 'ended') throw otherEntry(name, 'the end of branches');
  const ends = parseJson(body) as [string, boolean, unknown][];
  return new Map(
    ends.map(([key, ok, tree]) => {
      const value = decodeTree(tree);
      return [key, ok ? { ok, value } : { ok, error: value }];
    }),
  );
}

/** Stands before the entries of compensations; says which steps are to be undone, newest first. */
export function writeUndoing(steps: readonly string[]): JournalRecord {
  return new JournalRecord('undoing', {}, JSON.stringify(steps));
}

export function readUndoing(name: string, record: JournalRecord): readonly string[] {
  return parseJson(expectKind(name, 'undoing', record).body) as readonly string[];
}

/** How a run has failed. */
export interface RunFailed {
  readonly error: Stored;
  /** The steps that were undone, newest first. */
  readonly undone: readonly string[];
  /** Whether all that had to be undone was. */
  readonly isUndone: boolean;
}

export function writeFailure({ error, undone, isUndone }: RunFailed): JournalRecord {
  const isCompensated = isUndone && undone.length > 0;
  const body = `[${JSON.stringify(undone)},${error.text}]`;
  return new JournalRecord('failure', { stands: isCompensated ? 'compensated' : 'failed' }, body);
}

/** What a failed run threw, and what it undid. */
export function readFailure(record: JournalRecord): {
  readonly error: unknown;
  readonly undone: readonly string[];
} {
  const { body } = expectKind('the end of the run', 'failure', record);
  const [undone, tree] = parseJson(body) as [readonly string[], unknown];
  return { error: decodeTree(tree), undone };
}

/** A record that is a user's value, and nothing else. */
export type ValueKind = 'signal' | 'published' | 'input' | 'output';

export function writeValue(kind: ValueKind, value: Stored): JournalRecord {
  return new JournalRecord(kind, {}, value.text);
}

export function readValue(name: string, kind: ValueKind, record: JournalRecord): Stored {
  return new Stored(expectKind(name, kind, record).body);
}

const asked: Readonly<Partial<Record<RecordKind, string>>> = {
  attempt: 'a step',
  sleep: 'a sleep',
  branches: 'branches',
  undoing: 'the beginning of the undoing',
  signal: 'a signal',
};

function expectKind(name: string, kind: RecordKind, record: JournalRecord): JournalRecord {
  if (!(record instanceof JournalRecord)) throw unreadable(`${name}: no record`);
  if (record.kind !== kind) throw otherEntry(name, asked[kind] ?? `the ${kind} of a run`);
  return record;
}

function numberOf(record: JournalRecord, field: string): number {
  const number = Number(record.fields[field] ?? NaN);
  if (Number.isFinite(number)) return number;
  throw unreadable(`an entry (${record.kind}) without ${field}`);
}

/** A time as digits, no later than dates go. */
function timeOf(epochMs: number): number {
  return Math.min(8.64e15, Math.ceil(epochMs));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(String(error));
  }
}
