import type { DBOSSerializer } from '@dbos-inc/dbos-sdk';
import { decodeValue } from '../records/decode-value.ts';
import { encodeValue } from '../records/encode-value.ts';
import { isRecordText, JournalRecord, parseRecord } from '../records/journal-record.ts';

/** Under which an error that DBOS makes data of carries the record of a run's failure. */
export const failureKey = '@highway/workflow/failure';

/**
 * What DBOS writes and reads with. Records go through as they are; their bodies stay text until the
 * engine opens them, so that what can't be read is an error of its run, not one of DBOS.
 */
export const recordSerializer: DBOSSerializer = {
  name: () => 'highway_record',
  stringify: (value: unknown) => recordOf(value).text,
  parse: (text: string | null | undefined) => {
    if (text === null || text === undefined) return null;
    const record = parseRecord(text);
    // Of a later version, or nobody's: those who look for a record of their own refuse it by name.
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

/** What DBOS hands over is a record of ours, wrapped in one way or another, or something of its own. */
function recordOf(value: unknown): JournalRecord {
  if (value instanceof JournalRecord) return value;
  // The arguments of a workflow.
  if (Array.isArray(value) && value.length === 1 && value[0] instanceof JournalRecord)
    return value[0];
  const failure = failureIn(value);
  return failure ?? new JournalRecord('other', {}, encodeOwn(value));
}

/** The failure that an error of DBOS carries. */
export function failureIn(error: unknown): JournalRecord | undefined {
  const text = (Object(error) as Record<string, unknown>)[failureKey];
  return typeof text === 'string' && isRecordText(text) ? parseRecord(text) : undefined;
}

/** What DBOS notes down for itself; its errors may carry whatever they like. */
function encodeOwn(value: unknown): string {
  try {
    return encodeValue(value);
  } catch {
    const bigints = (_: string, held: unknown): unknown =>
      typeof held === 'bigint' ? String(held) : held;
    return JSON.stringify([value], bigints).slice(1, -1);
  }
}
