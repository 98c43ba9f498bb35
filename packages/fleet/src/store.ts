/** The version of a circuit's state. Each transition adds one to the epoch of its generation. */
export interface Version {
  /**
   * The identity of the stored record. A store that lost its data starts a new generation. Empty as
   * long as a node knows of none.
   */
  readonly generation: string;
  readonly epoch: number;
}

/** Whether two versions are the same. */
export function sameVersion(a: Version, b: Version): boolean {
  return a.generation === b.generation && a.epoch === b.epoch;
}

/** The states of a fleet's circuit. */
export type FleetState = 'CLOSED' | 'OPEN' | 'HALF_OPEN' | 'ISOLATED';

/** Why a fleet's circuit changed state. */
export type FleetCause =
  | 'none' // it never changed
  | 'quorum' // enough nodes had opened their own breakers
  | 'pooled' // the failure rate of all calls together
  | 'cooldown' // the wait was over, and a node asked for a trial slot
  | 'trials' // the trial calls decided
  | 'recovered' // a node closed its breaker by its own trial calls while it had no store
  | 'restored' // nodes brought back what the store had lost
  | 'isolate'
  | 'release'
  | 'reset';

/** How the trial calls of a half-open circuit decide its next state. */
export interface TrialRule {
  /** The maximum number of trial calls in the whole fleet. */
  readonly calls: number;
  /** How many of them must succeed to close the circuit. */
  readonly closeAt: number;
  /** How many of them must fail to open it again. */
  readonly openAt: number;
  /** How many trial calls may run at the same time in the whole fleet. */
  readonly concurrent: number;
}

/** What became of a trial slot: the outcome of its call, or `release` if it is free again. */
export interface TrialSettlement {
  readonly fence: number;
  readonly outcome: 'success' | 'failure' | 'release';
}

/** A transition that a node proposes. It happens only if the store's version is still the node's. */
export interface Proposal {
  readonly to: 'OPEN' | 'CLOSED' | 'ISOLATED';
  /** For `OPEN`: the time until trial calls, in ms. */
  readonly wait: number;
  /** For `OPEN`: how many times in a row the circuit opened without recovering. */
  readonly openings: number;
  readonly cause: FleetCause;
}

/** A command of an operator. It applies whatever the version. */
export type Command = 'isolate' | 'release' | 'reset';

/** What a node reports and requests about one circuit. The store merges the fields in this order. */
export interface CircuitMessage {
  readonly circuit: string;
  /** The id of the sending process, unique to it; empty for an operator, who is not a member. */
  readonly member: string;
  /** How long the member counts as live from now, in ms; 0 removes it. */
  readonly ttl: number;
  /**
   * The same while the circuit is quiet: closed, with no votes. A node that has nothing to say then
   * rarely sends a message that the store has to merge. Default: `ttl`.
   */
  readonly quietTtl?: number | undefined;
  /**
   * Present if the node has nothing to say: the `stamp` of the reply that it knows. If the circuit's
   * version and stamp are still those of the message, the store may answer `unchanged` and need not
   * merge it. But it must merge the message of a process that it has not heard of within that process's
   * `ttl`: the member, too, may have expired or been lost. The message is complete, so a store may as
   * well merge it like any other.
   */
  readonly quiet?: number | undefined;
  /**
   * The state that the message is about. If the circuit has left that state, the parts of the message
   * that depend on it are dropped.
   */
  readonly version: Version;
  /** The member's vote: whether its own breaker has opened. */
  readonly open: boolean;
  /** The totals of all outcomes that the node's breaker recorded. */
  readonly successes: number;
  readonly failures: number;
  /** The totals of the last message that the store answered. */
  readonly ackedSuccesses: number;
  readonly ackedFailures: number;
  /** How long an outcome counts in the pool, in ms; 0 if outcomes are not pooled. */
  readonly span: number;
  readonly settled: readonly TrialSettlement[];
  /** Fencing numbers of the trial slots whose call has begun. From then on a slot is used up. */
  readonly begun: readonly number[];
  /** How long a call may hold a trial slot, in ms. */
  readonly trialTimeout: number;
  /** How long a node may hold a trial slot that no call uses, in ms. */
  readonly leaseTime: number;
  readonly rule: TrialRule;
  readonly propose?: Proposal | undefined;
  readonly command?: Command | undefined;
  /** How many trial slots the node can use now. */
  readonly want: number;
}

/** Whether the store need not merge a message if nothing has changed. */
export function isQuiet({ member, quiet, ttl }: CircuitMessage): boolean {
  return quiet !== undefined && member !== '' && ttl > 0;
}

/** The trial calls of a half-open circuit so far. */
export interface TrialTally {
  readonly rule: TrialRule;
  readonly successes: number;
  readonly failures: number;
  /** Trial slots that were granted and have no outcome yet. */
  readonly outstanding: number;
}

/** The store's reply to a message, after merging it. */
export interface CircuitReply {
  readonly circuit: string;
  readonly version: Version;
  /**
   * A number that differs after each event that a quiet node must learn of: a transition, the first
   * vote in a closed circuit, and members that the store has lost. Absent if the store does not support
   * `quiet`; then no node sends it.
   */
  readonly stamp?: number | undefined;
  readonly state: FleetState;
  readonly cause: FleetCause;
  /** The time until trial calls, in ms; 0 unless `OPEN`. */
  readonly remaining: number;
  /** How many times in a row the circuit opened without recovering. */
  readonly openings: number;
  /** The number of live members. */
  readonly members: number;
  /** How many of the live members vote to open. */
  readonly votes: number;
  /** Pooled outcomes within the span. */
  readonly successes: number;
  readonly failures: number;
  /** Present while `HALF_OPEN`. */
  readonly tally?: TrialTally | undefined;
  /** Trial slots granted to the member: fencing numbers, which only grow. */
  readonly granted: readonly number[];
  readonly unchanged?: undefined;
}

/** The store's reply to a quiet message that it did not have to merge. */
export interface UnchangedReply {
  readonly circuit: string;
  /** The version in the message, which is the circuit's. */
  readonly version: Version;
  readonly unchanged: true;
  /** The number of live members in the reply to the last message that the store merged. */
  readonly members: number;
}

/**
 * What the store tells every subscriber about a transition. A notice may come late, twice, or never.
 */
export type Notice = Pick<
  CircuitReply,
  'circuit' | 'version' | 'state' | 'cause' | 'remaining' | 'openings'
>;

/** A circuit as operators see it. A process that has died is no longer a member after its `ttl`. */
export interface CircuitView extends Omit<
  CircuitReply,
  'granted' | 'tally' | 'stamp' | 'unchanged'
> {
  /** The ids of the live members. */
  readonly memberIds: readonly string[];
  readonly tally?: TrialTally | undefined;
}

/** What a store calls when the state of a subscription changes. */
export interface SubscriptionWatch {
  /** No more notices will come: subscribe again. Called at most once. */
  lost(error: unknown): void;
  /** Notices come again, after an interruption in which some may have been lost. */
  resumed(): void;
}

/**
 * Where a fleet keeps what its nodes must agree on. Stores decide nothing: they merge messages exactly
 * as `mergeMessage` does, atomically for each circuit and by their own clock. The suite in
 * `@highway/fleet/testing` checks a store.
 *
 * A signal aborts when nobody waits for the answer any more. A request that the store has not sent by
 * then is out of date: it must never send it. A request that it has sent may still be answered.
 */
export interface FleetStore {
  /**
   * Merges messages, at most one for each circuit, in one round trip, and returns the replies in their
   * order. Rejects if the store cannot be reached; it may or may not have merged the messages. If the
   * stored state of some circuits is damaged, it answers the others and rejects with a
   * `DamagedCircuitsError`.
   *
   * A message also says that its member's process is alive, for the message's `ttl`, whether the store
   * merges it or not. `view` shows only members of live processes, and only they may be quiet.
   */
  exchange(
    messages: readonly CircuitMessage[],
    signal?: AbortSignal,
  ): Promise<readonly (CircuitReply | UnchangedReply)[]>;
  /**
   * Calls the listener for every transition from now on. Resolves once the subscription is active,
   * with a function that ends it. Rejects if the store cannot be reached.
   */
  subscribe(
    listener: (notice: Notice) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => Promise<void>>;
  /** Every circuit of the store, for operators. Rejects like `exchange` if some are damaged. */
  view(signal?: AbortSignal): Promise<readonly CircuitView[]>;
}
