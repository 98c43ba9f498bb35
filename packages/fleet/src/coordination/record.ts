import type { FleetCause, FleetState, TestRule } from '../store.ts';

/** A live process. */
export interface Member {
  readonly expiresAt: number;
  readonly open: boolean;
  /** Its totals when it last spoke, so that a message that comes twice counts once. */
  readonly successes: number;
  readonly failures: number;
}

/** A test place that was given away. */
export interface Place {
  readonly member: string;
  readonly expiresAt: number;
  /** Whether its call has begun. */
  readonly begun: boolean;
}

/** Pooled outcomes of a tenth of the span. */
export interface Bucket {
  readonly successes: number;
  readonly failures: number;
}

/**
 * All that a store knows of one circuit. Times are ms of the store's clock. The whole protocol is a
 * function of such a record, a message and the time; stores keep it in the form that suits them.
 */
export interface CircuitRecord {
  readonly generation: string;
  epoch: number;
  state: FleetState;
  cause: FleetCause;
  /** While `OPEN`: when test calls are allowed. */
  until: number;
  openings: number;
  /** The state that an isolation covers. */
  covered: 'CLOSED' | 'OPEN';
  /** While `HALF_OPEN`: what the test calls are judged by, and their outcomes. */
  rule: TestRule;
  trialSuccesses: number;
  trialFailures: number;
  /** The last fencing number that was given away. */
  fence: number;
  /** The latest time that the record has seen. */
  seenAt: number;
  readonly members: Map<string, Member>;
  /** How many of them have opened, and a time before which none of them expires. */
  votes: number;
  firstExpiry: number;
  readonly places: Map<number, Place>;
  /** Pooled outcomes by the number of their tenth of the span since the epoch of the clock. */
  readonly buckets: Map<number, Bucket>;
}

/** A circuit that nobody has spoken of yet. */
export function freshRecord(generation: string, now: number): CircuitRecord {
  return {
    generation,
    epoch: 0,
    state: 'CLOSED',
    cause: 'none',
    until: 0,
    openings: 0,
    covered: 'CLOSED',
    rule: { calls: 1, closeAt: 1, openAt: 1, concurrent: 1 },
    trialSuccesses: 0,
    trialFailures: 0,
    fence: 0,
    seenAt: now,
    members: new Map(),
    votes: 0,
    firstExpiry: Infinity,
    places: new Map(),
    buckets: new Map(),
  };
}
