/** How a call ended for its caller. */
export type CallOutcome =
  | 'ok'
  | 'status' // the service answered with an error
  | 'connection' // the connection was reset or failed
  | 'timeout'
  | 'rejected' // a policy rejected it, or its last retry
  | 'unfinished'; // the drill ended before the call did

/** One call, with all its attempts. Times are in ms since the drill started. */
export interface CallRecord {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: CallOutcome;
}

/** One request to the service, and its result. */
export interface RequestRecord {
  readonly at: number;
  readonly answer: string;
}

/** A change of the circuit's state. */
export interface CircuitChange {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}
