import type { DBOSSerializer } from '@dbos-inc/dbos-sdk';
import { decodeValue } from '../engine/records/decode-value.ts';
import { encodeValue } from '../engine/records/encode-value.ts';
import { isRecordText, JournalRecord, parseRecord } from '../engine/records/journal-record.ts';

/** The property with the record of a run's failure, on an error that DBOS turns into data. */
export const failureKey = '@highway/workflow/failure';

/**
 * What DBOS serializes with. Records pass through it, and their bodies stay encoded until the engine
 * reads them. So a value that can't be read is an error of its run, not one of DBOS.
 */
export const recordSerializer: DBOSSerializer = {
  name: () => 'highway_record',
  stringify: (value: unknown) => recordOf(value).text,
  parse: (text: string | null | undefined) => {
    if (text === null || text === undefined) return null;
    const record = parseRecord(text);
    // A record of a later version, or none at all: code that expects its own record will reject it.
    if (record === undefined) return new JournalRecord('other', { is: 'unknown' });
    switch (record.kind) {
      case 'input':
        return [record];
      case 'failure':
        return { name: 'RunFailure', message: '', [failureKey]: text };
      case 'other':
        return decodeValue(record.body);
      default:
        return record;
    }
  },
};

/** The record in a value that DBOS serializes, or a new one for a value of its own. */
function recordOf(value: unknown): JournalRecord {
  if (value instanceof JournalRecord) return value;
  // The arguments of a workflow.
  if (Array.isArray(value) && value.length === 1 && value[0] instanceof JournalRecord)
    return value[0];
  const failure = failureIn(value);
  return failure ?? new JournalRecord('other', {}, encodeDbosValue(value));
}

/** The record of a failure that an error from DBOS carries. */
export function failureIn(error: unknown): JournalRecord | undefined {
  const text = (Object(error) as Record<string, unknown>)[failureKey];
  return typeof text === 'string' && isRecordText(text) ? parseRecord(text) : undefined;
}

/** Encodes a value of DBOS itself. Its errors may contain anything. */
function encodeDbosValue(value: unknown): string {
  try {
    return encodeValue(value);
  } catch {
    const bigints = (_: string, held: unknown): unknown =>
      typeof held === 'bigint' ? String(held) : held;
    return JSON.stringify([value], bigints).slice(1, -1);
  }
}
