import type { Settled } from '../children/join.ts';
import { decodeTree } from './decode-value.ts';
import { entryMismatch } from './entry-mismatch.ts';
import { JournalRecord } from './journal-record.ts';
import type { RecordKind } from './journal-record.ts';
import { StoredValue, unreadable } from './stored-value.ts';

/** What all entries of a step have in common. */
export interface AttemptEntry {
  /** The number of this attempt, or of the next one if this entry uses up none; the first is 1. */
  readonly attempt: number;
  /** When the call began, in epoch ms: after all waiting. */
  readonly at: number;
  /** How long the call took, in ms. */
  readonly ms: number;
}

/** One journal entry of a step. */
export type AttemptRecord =
  /** The call succeeded. */
  | ({ readonly state: 'done'; readonly value: StoredValue } & AttemptEntry)
  /** The call failed, and the next attempt is at `until` (epoch ms). */
  | ({
      readonly state: 'retrying';
      readonly error: StoredValue;
      readonly until: number;
    } & AttemptEntry)
  /** The call failed for good. */
  | ({ readonly state: 'failed'; readonly error: StoredValue } & AttemptEntry)
  /** The circuit was open, so there was no call. */
  | ({ readonly state: 'parked'; readonly circuit: string } & AttemptEntry)
  /** A policy rejected the call for another reason; the next try is not before `until` (epoch ms). */
  | ({
      readonly state: 'rejected';
      readonly error: StoredValue;
      readonly until: number;
    } & AttemptEntry);

/** The status of a run while this is its last journal entry; missing where it is running. */
const runStatuses: Readonly<Partial<Record<AttemptRecord['state'], string>>> = {
  parked: 'parked',
  rejected: 'parked',
  retrying: 'retrying',
};

export function writeAttempt(record: AttemptRecord): JournalRecord {
  const { state, attempt, at, ms } = record;
  const body = 'value' in record ? record.value : 'error' in record ? record.error : undefined;
  return new JournalRecord(
    'attempt',
    {
      state,
      status: runStatuses[state],
      ...('until' in record && { until: timeOf(record.until) }),
      ...('circuit' in record && { circuit: record.circuit }),
      attempt,
      at,
      ms,
    },
    body?.text,
  );
}

/** Reads an entry of a step or a compensation; throws `ERR_REPLAY` for any other entry. */
export function readAttempt(name: string, record: JournalRecord): AttemptRecord {
  const { fields } = expectKind(name, 'attempt', record);
  const { state } = fields;
  const entry = {
    attempt: numberOf(record, 'attempt'),
    at: numberOf(record, 'at'),
    ms: numberOf(record, 'ms'),
  };
  const body = new StoredValue(record.body);
  switch (state) {
    case 'done':
      return { state, value: body, ...entry };
    case 'failed':
      return { state, error: body, ...entry };
    case 'retrying':
    case 'rejected':
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
    status: 'sleeping',
    until: timeOf(until),
  });
}

/** When a sleep ends, in epoch ms. */
export function readSleep(name: string, record: JournalRecord): number {
  return numberOf(expectKind(name, 'sleep', record), 'until');
}

/** Identifies the workflow and the input of each child run: they must be the same in a replay. */
export type ChildFingerprints = readonly (readonly [key: string, fingerprint: string])[];

/** The first entry of child runs, which shows that the run waits for them. */
export function writeChildrenStarted(fingerprints: ChildFingerprints): JournalRecord {
  return new JournalRecord(
    'children',
    { state: 'started', status: 'waiting' },
    JSON.stringify(fingerprints),
  );
}

export function readChildrenStarted(name: string, record: JournalRecord): ChildFingerprints {
  const { fields, body } = expectKind(name, 'children', record);
  if (fields['state'] !== 'started') throw entryMismatch(name, 'the start of child runs');
  return parseJson(body) as ChildFingerprints;
}

/** The outcome of a child run, as it is recorded. */
export type ChildOutcome = readonly [key: string, ok: boolean, value: StoredValue];

/** The outcomes of all child runs that have ended, in the order of the calls. */
export function writeChildrenEnded(outcomes: readonly ChildOutcome[]): JournalRecord {
  const texts = outcomes.map(([key, ok, { text }]) => `[${JSON.stringify(key)},${ok},${text}]`);
  return new JournalRecord('children', { state: 'ended' }, `[${texts.join(',')}]`);
}

export function readChildrenEnded(
  name: string,
  record: JournalRecord,
): Map<string, Settled<unknown>> {
  const { fields, body } = expectKind(name, 'children', record);
  if (fields['state'] !== 'ended') throw entryMismatch(name, 'the outcomes of child runs');
  const outcomes = parseJson(body) as [string, boolean, unknown][];
  return new Map(
    outcomes.map(([key, ok, tree]) => {
      const value = decodeTree(tree);
      return [key, ok ? { ok, value } : { ok, error: value }];
    }),
  );
}

/** The entry before those of the compensations; names the steps to compensate, newest first. */
export function writeCompensating(steps: readonly string[]): JournalRecord {
  return new JournalRecord('compensating', {}, JSON.stringify(steps));
}

export function readCompensating(name: string, record: JournalRecord): readonly string[] {
  return parseJson(expectKind(name, 'compensating', record).body) as readonly string[];
}

/** How a run has failed. */
export interface FailureDetails {
  readonly error: StoredValue;
  /** The steps that have been compensated, newest first. */
  readonly compensated: readonly string[];
  /** Whether all steps that needed compensation have been compensated. */
  readonly isFullyCompensated: boolean;
}

export function writeFailure(details: FailureDetails): JournalRecord {
  const { error, compensated, isFullyCompensated } = details;
  const isCompensated = isFullyCompensated && compensated.length > 0;
  const body = `[${JSON.stringify(compensated)},${error.text}]`;
  return new JournalRecord('failure', { status: isCompensated ? 'compensated' : 'failed' }, body);
}

/** The error of a failed run, and the steps that have been compensated. */
export function readFailure(record: JournalRecord): {
  readonly error: unknown;
  readonly compensated: readonly string[];
} {
  const { body } = expectKind('the end of the run', 'failure', record);
  const [compensated, tree] = parseJson(body) as [readonly string[], unknown];
  return { error: decodeTree(tree), compensated };
}

/** The kinds of records that hold only a user's value. */
export type ValueKind = 'signal' | 'published' | 'input' | 'output';

export function writeValue(kind: ValueKind, value: StoredValue): JournalRecord {
  return new JournalRecord(kind, {}, value.text);
}

export function readValue(name: string, kind: ValueKind, record: JournalRecord): StoredValue {
  return new StoredValue(expectKind(name, kind, record).body);
}

/** What code asks for when it reads a record of a kind, for error messages. */
const requests: Readonly<Partial<Record<RecordKind, string>>> = {
  attempt: 'a step',
  sleep: 'a sleep',
  children: 'child runs',
  compensating: 'the start of compensation',
  signal: 'a signal',
};

function expectKind(name: string, kind: RecordKind, record: JournalRecord): JournalRecord {
  if (!(record instanceof JournalRecord)) throw unreadable(`${name}: not a record`);
  if (record.kind !== kind) throw entryMismatch(name, requests[kind] ?? `the ${kind} of a run`);
  return record;
}

function numberOf(record: JournalRecord, field: string): number {
  const number = Number(record.fields[field] ?? NaN);
  if (Number.isFinite(number)) return number;
  throw unreadable(`an entry (${record.kind}) without ${field}`);
}

/** A time as an integer, capped at the latest time that a Date can hold. */
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
