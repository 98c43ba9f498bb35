import type { FleetCause, FleetState, TrialRule } from '../store.ts';

/** A member: a live process. */
export interface Member {
  readonly expiresAt: number;
  /** The `ttl` of its last message. */
  readonly ttl: number;
  readonly open: boolean;
  /** The totals of its last message, so that a duplicate message counts once. */
  readonly successes: number;
  readonly failures: number;
}

/** A trial slot that was granted. */
export interface TrialSlot {
  readonly member: string;
  readonly expiresAt: number;
  /** Whether its call has begun. */
  readonly begun: boolean;
}

/** The pooled outcomes of a tenth of the span. */
export interface Bucket {
  readonly successes: number;
  readonly failures: number;
}

/**
 * Everything that a store knows about one circuit. Times are in ms, by the store's clock. The protocol is
 * a function of this record, a message and the time; each store keeps it in the form that suits it.
 */
export interface CircuitRecord {
  readonly generation: string;
  epoch: number;
  /** Differs after each event that quiet nodes must learn of: see `CircuitReply`. */
  stamp: number;
  state: FleetState;
  cause: FleetCause;
  /** While `OPEN`: when trial calls are allowed. */
  until: number;
  openings: number;
  /** The state that the end of an isolation restores. */
  covered: 'CLOSED' | 'OPEN';
  /** While `HALF_OPEN`: how the trial calls decide, and their outcomes. */
  rule: TrialRule;
  trialSuccesses: number;
  trialFailures: number;
  /** The last fencing number that was granted. */
  fence: number;
  /** The latest time that the record has seen. */
  seenAt: number;
  readonly members: Map<string, Member>;
  /**
   * How many there were after the last message. A store that lost members must not tell quiet nodes that
   * there are few: those few would be a quorum.
   */
  counted: number;
  /** How many of them vote to open, and a time before which none of them expires. */
  votes: number;
  firstExpiry: number;
  readonly slots: Map<number, TrialSlot>;
  /** Pooled outcomes by bucket: a tenth of the span, numbered from the start of the clock. */
  readonly buckets: Map<number, Bucket>;
}

/** The record of a new circuit. */
export function freshRecord(generation: string, now: number): CircuitRecord {
  return {
    generation,
    epoch: 0,
    stamp: 0,
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
    counted: 0,
    votes: 0,
    firstExpiry: Infinity,
    slots: new Map(),
    buckets: new Map(),
  };
}
