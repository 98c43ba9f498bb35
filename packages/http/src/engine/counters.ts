/** What a client has done, as plain numbers. */
export interface Counters {
  /** Calls by users. */
  readonly calls: number;
  /** Requests that were sent. */
  readonly attempts: number;
  /** Attempts after a failed one. */
  readonly retries: number;
  /** Attempts beside a slow one. */
  readonly hedges: number;
  /** Calls that ended because a policy rejected them: an open circuit, a pause, a limit. */
  readonly rejected: number;
  /** Those of them for which `concurrency` left no room. */
  readonly shed: number;
}

/** Counters while they count. */
export type Tally = { -readonly [Name in keyof Counters]: number };

export function newTally(): Tally {
  return { calls: 0, attempts: 0, retries: 0, hedges: 0, rejected: 0, shed: 0 };
}
