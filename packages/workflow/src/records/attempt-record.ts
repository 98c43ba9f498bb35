import type { RecordedError } from './recorded-error.ts';

/** What all entries of a step have in common. Kept small: there is one for each attempt. */
interface Entry {
  /** The attempt that this is, or that is still to come; the first is 1. */
  readonly attempt: number;
  /** When the entry's work began, in epoch ms: after all waiting. */
  readonly at: number;
  /** How long the call took, in ms. */
  readonly ms: number;
}

/**
 * One entry of a step in the journal. `state` stands first, then `until` or `circuit`: lists of runs
 * read them from the beginning of the text in the database.
 */
export type AttemptRecord =
  /** The call went well. */
  | ({ readonly state: 'done'; readonly value: unknown } & Entry)
  /** The call failed, and there is another attempt at `until` (epoch ms). */
  | ({ readonly state: 'retrying'; readonly error: RecordedError; readonly until: number } & Entry)
  /** The call failed for good. */
  | ({ readonly state: 'failed'; readonly error: RecordedError } & Entry)
  /** The circuit was open, so there was no call. */
  | ({ readonly state: 'parked'; readonly circuit: string } & Entry)
  /** A policy refused the call for another reason, until `until` (epoch ms) at least. */
  | ({ readonly state: 'refused'; readonly error: RecordedError; readonly until: number } & Entry);

const states: readonly unknown[] = ['done', 'retrying', 'failed', 'parked', 'refused'];

/** Whether an entry of the journal is one of a step. */
export function isAttemptRecord(entry: unknown): entry is AttemptRecord {
  return states.includes((Object(entry) as { state?: unknown }).state);
}
