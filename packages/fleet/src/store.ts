/** What a circuit's state is counted by: each transition adds one to the epoch of its generation. */
export interface Version {
  /**
   * Which life of the record it belongs to: a store that lost its data begins a new one. Empty for
   * a node that knows of none yet.
   */
  readonly generation: string;
  readonly epoch: number;
}

/** The states that a fleet's circuit may be in. */
export type FleetState = 'CLOSED' | 'OPEN' | 'HALF_OPEN' | 'ISOLATED';

/** Why a fleet's circuit changed its state. */
export type FleetCause =
  | 'none' // it never did
  | 'quorum' // enough nodes had opened by themselves
  | 'pooled' // the failure rate of all calls together
  | 'cooldown' // the wait was over, and a node asked for a test call
  | 'trials' // the test calls decided
  | 'recovered' // a node tested it while it had no store
  | 'restored' // nodes brought back what the store had lost
  | 'isolate'
  | 'release'
  | 'reset';

/** What the test calls of a half-open circuit are judged by. */
export interface TestRule {
  /** How many test calls there are at most, in the whole fleet. */
  readonly calls: number;
  /** How many of them must succeed to close the circuit, or fail to open it again. */
  readonly closeAt: number;
  readonly openAt: number;
  /** How many of them may be under way at once, in the whole fleet. */
  readonly concurrent: number;
}

/** What became of a test place: an outcome, or there was none and the place is free again. */
export interface Settlement {
  readonly fence: number;
  readonly outcome: 'success' | 'failure' | 'release';
}

/** A transition that a node asks for; it happens only if its version is the store's still. */
export interface Proposal {
  readonly to: 'OPEN' | 'CLOSED' | 'ISOLATED';
  /** For `OPEN`: how long until test calls, in ms. */
  readonly wait: number;
  /** For `OPEN`: how often the circuit opened in a row without recovering. */
  readonly openings: number;
  readonly cause: FleetCause;
}

/** What an operator asks for, whatever the version. */
export type Command = 'isolate' | 'release' | 'reset';

/** What a node tells of one circuit, and asks of it. Each field is merged in the order given. */
export interface CircuitMessage {
  readonly circuit: string;
  /** The process that speaks, unique to it; empty for an operator, who is no member. */
  readonly member: string;
  /** How long it counts as live from now, in ms; 0 takes it out. */
  readonly ttl: number;
  /** What the facts below are about; those that depend on a state are dropped if it has passed. */
  readonly version: Version;
  /** Whether the node's own breaker has opened: its vote. */
  readonly open: boolean;
  /** Outcomes that the node's breaker recorded in all, and those of them that arrived before. */
  readonly successes: number;
  readonly failures: number;
  readonly ackedSuccesses: number;
  readonly ackedFailures: number;
  /** Over how many ms outcomes are pooled; 0 where they are not. */
  readonly span: number;
  readonly settled: readonly Settlement[];
  /** Test places whose call has begun, which is when they are used up. */
  readonly begun: readonly number[];
  /** How long a call may hold a place, and how long a node may keep one without a call, in ms. */
  readonly trialTimeout: number;
  readonly leaseTime: number;
  readonly rule: TestRule;
  readonly propose?: Proposal | undefined;
  readonly command?: Command | undefined;
  /** How many test places it can use now. */
  readonly want: number;
}

/** The test calls of a half-open circuit so far. */
export interface Tally {
  readonly rule: TestRule;
  readonly successes: number;
  readonly failures: number;
  /** Places that are given away and have no outcome yet. */
  readonly outstanding: number;
}

/** What the store answers to a message, after it was merged. */
export interface CircuitReply {
  readonly circuit: string;
  readonly version: Version;
  readonly state: FleetState;
  readonly cause: FleetCause;
  /** Milliseconds until test calls; 0 unless `OPEN`. */
  readonly remaining: number;
  /** How often the circuit opened in a row without recovering. */
  readonly openings: number;
  /** Live members, and how many of them have opened. */
  readonly members: number;
  readonly votes: number;
  /** Pooled outcomes within the span. */
  readonly successes: number;
  readonly failures: number;
  /** There while `HALF_OPEN`. */
  readonly tally?: Tally | undefined;
  /** Test places given to the member: fencing numbers, which only grow. */
  readonly granted: readonly number[];
}

/** What every subscriber is told of a transition. It may come late, twice, or never. */
export type Change = Pick<
  CircuitReply,
  'circuit' | 'version' | 'state' | 'cause' | 'remaining' | 'openings'
>;

/** A circuit as operators see it. */
export interface CircuitView extends Omit<CircuitReply, 'granted' | 'tally'> {
  /** The live members, as they name themselves. */
  readonly memberIds: readonly string[];
  readonly tally?: Tally | undefined;
}

/** Whom a store tells how a subscription fares. */
export interface SubscriptionWatch {
  /** Nothing is heard any more, and won't be: subscribe again. Called once at most. */
  lost(error: unknown): void;
  /** Changes are heard again, after a while in which some may have been missed. */
  resumed(): void;
}

/**
 * Where a fleet keeps what its nodes must agree on. Stores decide nothing: they merge messages,
 * atomically for each circuit and by their own clock, exactly as `mergeMessage` does. The suite in
 * `@highway/fleet/testing` says whether one is right.
 *
 * A signal is aborted when nobody waits for the answer any more. What was not sent by then must not be
 * sent later, when it means nothing any more; what was sent may be answered still.
 */
export interface FleetStore {
  /**
   * Merges messages, at most one a circuit, in one round trip; gives the replies in their order.
   * Rejects where the store can't be asked; it may then have merged them or not. Where what is stored of
   * some circuits is damaged, it answers all others and rejects with a `DamagedCircuitsError`.
   */
  exchange(
    messages: readonly CircuitMessage[],
    signal?: AbortSignal,
  ): Promise<readonly CircuitReply[]>;
  /**
   * Tells of every transition from now on, until what it gives is called. Resolves when changes
   * will be heard; rejects where the store can't be asked.
   */
  subscribe(
    listener: (change: Change) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => Promise<void>>;
  /** Every circuit of the store, for operators. Where some are damaged, it rejects as `exchange` does. */
  view(signal?: AbortSignal): Promise<readonly CircuitView[]>;
}
