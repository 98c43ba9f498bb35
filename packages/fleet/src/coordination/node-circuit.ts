import type { CircuitState } from '@highway/resilience';
import type {
  Change,
  CircuitMessage,
  CircuitReply,
  FleetState,
  Proposal,
  Settlement,
} from '../store.ts';
import type { Trip } from '../trip.ts';
import type { BreakerPort } from './breaker-port.ts';
import { decide } from './decide.ts';
import { HeldPlaces } from './held-places.ts';
import type { PlaceNews } from './held-places.ts';
import { Leadership } from './leadership.ts';
import { LiveMembers } from './live-members.ts';

/** What a node's side of a circuit goes by. Times in ms. */
export interface NodeCircuitRules {
  readonly circuit: string;
  /** This process, in this life of it. */
  readonly member: string;
  readonly trip: Trip;
  /** How long the store takes the node for alive without hearing of it. */
  readonly ttl: number;
  /** How long a call may begin in a test place that was given to it. */
  readonly useTime: number;
  /** How long the store waits for the news that one has: longer, since that may be asked twice. */
  readonly leaseTime: number;
  /** How long it waits after it asked for a place in vain. */
  readonly claimPause: number;
}

/** A message that was sent, and what is needed to understand the answer. */
export interface Sent {
  readonly message: CircuitMessage;
  readonly at: number;
  /** How many changes the node had been told of by then. */
  readonly noticed: number;
  readonly news: PlaceNews;
}

/** A state of the fleet that its store has lost, and for how long the node holds on to it. */
interface Forgotten {
  readonly wait: number;
  readonly openings: number;
  readonly until: number;
}

/**
 * The node's side of the protocol for one circuit: a state machine over what its breaker does, what
 * the store answers, and what it tells. It is given the time, and does nothing by itself; where it
 * has something that can't wait for the next sync, it says so by `urgent`.
 *
 * Replies are the authority: whatever the reply to the latest message says is the fleet's state,
 * even if its epoch is lower than one seen before, since then the store has lost something. What
 * subscribers are told may be late, doubled or out of order, and counts only if its epoch is newer.
 */
export class NodeCircuit {
  readonly #rules: NodeCircuitRules;
  readonly #port: BreakerPort;
  readonly #places = new HeldPlaces();
  readonly #live: LiveMembers;
  readonly #leads: Leadership;
  #view: Change;
  /** While `OPEN`: when test calls are allowed, by the node's clock. */
  #until = 0;
  #acked = { successes: 0, failures: 0 };
  #proposal: Proposal | undefined = undefined;
  #noticed = 0;
  /** The vote that was sent last. */
  #voted = false;
  /** When a call was last refused for want of a test place, and until when one is wanted for it. */
  #refusedAt = -Infinity;
  #wantedUntil = -Infinity;
  #nextClaimAt = -Infinity;
  #urgent = false;
  /** What the store has forgotten, while the node tries to bring it back. */
  #forgotten: Forgotten | undefined = undefined;

  constructor(rules: NodeCircuitRules, port: BreakerPort) {
    this.#rules = rules;
    this.#port = port;
    this.#live = new LiveMembers(rules.ttl);
    this.#leads = new Leadership(port);
    this.#view = unknown(rules.circuit);
  }

  get name(): string {
    return this.#rules.circuit;
  }

  /** The fleet's state as this node knows it. */
  get state(): FleetState {
    return this.#view.state;
  }

  /** Whether there is something to say that can't wait. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** What to send now; `ttl` 0 takes leave. */
  message(now: number, ttl: number = this.#rules.ttl): Sent {
    const { circuit, member, trip, leaseTime } = this.#rules;
    const { rule, trialTimeout } = this.#port;
    this.#places.giveBackUnused(now);
    const news = this.#places.takeNews();
    const want = ttl > 0 && (this.#isStranger || this.#claims(now)) ? 1 : 0;
    if (want > 0) this.#nextClaimAt = now + this.#rules.claimPause;
    const propose = this.#proposal;
    const message: CircuitMessage = {
      circuit,
      member,
      ttl,
      version: this.#view.version,
      open: this.#votes,
      ...this.#port.totals,
      ackedSuccesses: this.#acked.successes,
      ackedFailures: this.#acked.failures,
      span: trip.kind === 'pooled' ? trip.span : 0,
      ...news,
      trialTimeout,
      leaseTime,
      rule,
      ...(propose !== undefined && { propose }),
      want,
    };
    this.#voted = message.open;
    this.#urgent = false;
    this.#proposal = undefined;
    return { message, at: now, noticed: this.#noticed, news };
  }

  /** The store has answered. */
  answered({ message, at, noticed }: Sent, reply: CircuitReply, now: number): void {
    this.#acked = { successes: message.successes, failures: message.failures };
    const members = this.#live.note(reply.members, now);
    if (this.#isOvertaken(noticed, reply)) {
      this.#urgent = true;
      return;
    }
    this.#adopt(reply, now);
    if (reply.granted.length > 0) {
      this.#places.add(reply.granted, at + this.#rules.useTime);
      this.#nextClaimAt = -Infinity;
    }
    this.#propose(reply, members);
    const unheard =
      this.#votes && reply.state === 'CLOSED' && !same(message.version, reply.version);
    if (unheard || this.#proposal !== undefined) this.#urgent = true;
  }

  /** There was no answer: what was to be told is told again. */
  lost({ message, news }: Sent): void {
    if (same(message.version, this.#view.version)) this.#places.putBack(news);
    // It may have arrived, and what has not would be counted as if it were of now: where the store
    // doesn't know any more what it has heard from this node, it is not told again.
    this.#acked = { ...this.#port.totals };
  }

  /** The store tells of a transition. */
  noticed(change: Change, now: number): void {
    const { generation, epoch } = this.#view.version;
    if (change.version.generation === generation && this.#leads.on) {
      if (change.version.epoch <= epoch) return;
      this.#noticed++;
      this.#adopt(change, now);
    } else {
      // It may be of a life of the store that is over: only the store can say.
      this.#urgent = true;
    }
  }

  /** The node's breaker changed its state. */
  breakerMoved(newState: CircuitState, cause: string): void {
    this.#leads.moved(newState, cause);
    if (!this.#voted && this.#votes && this.#view.state === 'CLOSED') this.#urgent = true;
  }

  /** A call may test if there is a place for it: its number, or `undefined`. */
  beginTest(now: number): number | undefined {
    const fence = this.#places.begin(now);
    if (fence !== undefined) {
      this.#urgent = true;
      return fence;
    }
    // Where calls are rare, a place is wanted until the next ones should have come.
    this.#wantedUntil = now + Math.max(this.#rules.useTime, 2 * (now - this.#refusedAt));
    this.#refusedAt = now;
    if (this.#claims(now)) this.#urgent = true;
    return undefined;
  }

  /** A test call has ended. */
  endTest(fence: number, outcome: Settlement['outcome'], now: number): void {
    // A call that took too long is used up: if its place were free again, one more could begin.
    const late = now - (this.#places.begunAt(fence) ?? now) >= this.#port.trialTimeout;
    if (this.#places.settle(fence, late ? 'failure' : outcome)) this.#urgent = true;
  }

  /** Milliseconds until a call that is refused now might find a place. */
  retryAfter(now: number): number {
    return Math.max(0, this.#until - now, this.#nextClaimAt - now);
  }

  /** The store can't be asked: the breaker goes by its own rules, isolation alone lasts. */
  goAlone(): void {
    this.#places.close();
    if (!this.#leads.isolating) this.#forgotten = undefined;
    this.#proposal = undefined;
    this.#leads.end();
  }

  /** The node leaves the fleet for good. */
  leave(): void {
    this.goAlone();
    this.#leads.endIsolation();
  }

  get #votes(): boolean {
    return this.#leads.votes;
  }

  /**
   * Whether it knows nothing of the circuit yet. It asks for a place then, since the circuit may be
   * one to test: a process that lives for one call has no second one to use it for.
   */
  get #isStranger(): boolean {
    return this.#view.version.generation === '';
  }

  #claims(now: number): boolean {
    const { state } = this.#view;
    const tests = state === 'HALF_OPEN' || (state === 'OPEN' && now >= this.#until);
    return (
      now < this.#wantedUntil && tests && now >= this.#nextClaimAt && !this.#places.hasFree(now)
    );
  }

  /** Whether a reply is older than what the node was told of since it asked. */
  #isOvertaken(noticed: number, { version }: CircuitReply): boolean {
    const known = this.#view.version;
    const older = version.generation === known.generation && version.epoch < known.epoch;
    return older && noticed !== this.#noticed;
  }

  /** Takes the fleet's state for the node's. */
  #adopt(view: Change, now: number): void {
    const known = this.#view;
    // A store that lost its latest transitions may have given their epochs to others.
    const changed = !same(known.version, view.version) || known.state !== view.state;
    if (changed) {
      this.#places.clear();
      // A vote of the state before says nothing in this one.
      this.#voted = false;
      this.#nextClaimAt = this.#wantedUntil = -Infinity;
      this.#refusedAt = now;
      this.#forgotten = this.#forgets(known, view, now);
    } else if (this.#recoveredAlone(view)) {
      return;
    }
    this.#view = view;
    this.#until = now + view.remaining;
    if (this.#remembers(now)) return;
    this.#forgotten = undefined;
    this.#leads.follow(view, changed && known.version.generation !== '');
  }

  /** What a store that came back without its data should learn from the node again. */
  #forgets(known: Change, view: Change, now: number): Forgotten | undefined {
    const { generation, epoch } = view.version;
    if (epoch > 0 || generation === known.version.generation) return undefined;
    // Who had no store meanwhile has gone by its own rules, but for an isolation.
    const { on, isolating } = this.#leads;
    if (!isolating && (!on || known.state === 'CLOSED')) return undefined;
    const wait = Math.max(0, this.#until - now);
    const until = isolating ? Infinity : now + this.#rules.ttl;
    return { wait, openings: known.openings, until };
  }

  /** Whether the node still holds on to what the store has forgotten. */
  #remembers(now: number): boolean {
    return this.#forgotten !== undefined && now < this.#forgotten.until;
  }

  /**
   * Whether the circuit that is open for the fleet was tested by this node while it had no store,
   * and closed. The tests of one node are as good as the fleet's, so it asks to close it for all.
   */
  #recoveredAlone(view: Change): boolean {
    const over = view.state === 'HALF_OPEN' || (view.state === 'OPEN' && view.remaining === 0);
    if (!over || !this.#leads.recoveredAlone) return false;
    this.#proposal = { to: 'CLOSED', wait: 0, openings: 0, cause: 'recovered' };
    return true;
  }

  #propose(reply: CircuitReply, members: number): void {
    if (this.#proposal !== undefined) return;
    if (this.#forgotten !== undefined && this.#leads.isolating) {
      this.#proposal = { to: 'ISOLATED', wait: 0, openings: 0, cause: 'isolate' };
      return;
    }
    const { trip } = this.#rules;
    const cooldownAfter = (openings: number): number => this.#port.cooldownAfter(openings);
    const proposal = decide(reply, { trip, members, cooldownAfter });
    const restored = this.#forgotten && { ...this.#forgotten, cause: 'restored' as const };
    this.#proposal = proposal && {
      ...proposal,
      ...(restored && { wait: restored.wait, openings: restored.openings, cause: restored.cause }),
    };
  }
}

function same(a: Change['version'], b: Change['version']): boolean {
  return a.generation === b.generation && a.epoch === b.epoch;
}

function unknown(circuit: string): Change {
  const version = { generation: '', epoch: 0 };
  return { circuit, version, state: 'CLOSED', cause: 'none', remaining: 0, openings: 0 };
}
