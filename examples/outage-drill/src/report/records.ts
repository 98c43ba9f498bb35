/** How a call ended for its caller. */
export type CallOutcome =
  | 'ok'
  | 'status' // the service answered with an error
  | 'connection' // the connection was reset, or could not be made
  | 'timeout'
  | 'rejected' // a policy refused it, or its last retry
  | 'unfinished'; // the drill ended before the call did

/** One call of a caller, with all its attempts; times in ms since the drill began. */
export interface CallRecord {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: CallOutcome;
}

/** One request that was sent to the service, and what came of it. */
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
