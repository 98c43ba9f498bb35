import type { CircuitState } from '@highway/resilience';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  FleetState,
  Proposal,
  TrialSettlement,
  UnchangedReply,
} from '../store.ts';
import type { Trip } from '../trip.ts';
import type { BreakerPort } from './breaker-port.ts';
import { decide } from './decide.ts';
import { HeldSlots } from './held-slots.ts';
import type { SlotReport } from './held-slots.ts';
import { BreakerControl } from './breaker-control.ts';
import { LiveMembers } from './live-members.ts';
import { QuietPeriod } from './quiet-period.ts';
import type { QuietRules } from './quiet-period.ts';
import { sameVersion } from '../store.ts';

/** The rules of a node's side of a circuit. Times are in ms. */
export interface NodeCircuitRules extends QuietRules {
  readonly circuit: string;
  /** The id of this process, different after each start. */
  readonly member: string;
  readonly trip: Trip;
  /** How long the node counts as live after a message. */
  readonly ttlMs: number;
  /** The same in a quiet circuit: longer than the node is quiet. */
  readonly quietTtlMs: number;
  /** How long a call may begin in a trial slot that was granted. */
  readonly useMs: number;
  /** How long the store waits for the report of that: longer, because it may be sent twice. */
  readonly leaseMs: number;
  /** How long the node waits after a request for a slot was not granted. */
  readonly claimPauseMs: number;
}

/** A message that was sent, and what is needed to interpret the reply. */
export interface Sent {
  readonly message: CircuitMessage;
  readonly at: number;
  /** How many notices the node had received by then. */
  readonly noticed: number;
  readonly slotReport: SlotReport;
}

/** A state of the fleet that the store has lost, and how long the node keeps it. */
interface LostState {
  readonly wait: number;
  readonly openings: number;
  readonly until: number;
}

/**
 * The node's side of the protocol for one circuit: a state machine over the breaker's state changes, the
 * store's replies, and its notices. It is given the time and does nothing by itself; `urgent` says that
 * it has something to send before the next sync.
 *
 * Replies are authoritative: the reply to the latest message is the fleet's state, even if its epoch is
 * lower than one seen before, which means that the store has lost something. Notices may be late,
 * duplicate or out of order, and count only if their epoch is newer.
 */
export class NodeCircuit {
  readonly #rules: NodeCircuitRules;
  readonly #port: BreakerPort;
  readonly #slots = new HeldSlots();
  readonly #live: LiveMembers;
  readonly #control: BreakerControl;
  readonly #quiet: QuietPeriod;
  #view: Notice;
  /** While `OPEN`: when trial calls are allowed, by the node's clock. */
  #until = 0;
  #acked = { successes: 0, failures: 0 };
  #proposal: Proposal | undefined = undefined;
  #noticed = 0;
  /** The vote that was sent last. */
  #voted = false;
  /** When a call was last rejected because there was no trial slot, and until when one is wanted. */
  #rejectedAt = -Infinity;
  #wantedUntil = -Infinity;
  #nextClaimAt = -Infinity;
  #urgent = false;
  /** The state that the store has lost, while the node tries to restore it. */
  #lostState: LostState | undefined = undefined;

  constructor(rules: NodeCircuitRules, port: BreakerPort) {
    this.#rules = rules;
    this.#port = port;
    this.#live = new LiveMembers(rules.ttlMs);
    this.#control = new BreakerControl(port);
    this.#quiet = new QuietPeriod(rules);
    this.#view = unknown(rules.circuit);
  }

  get name(): string {
    return this.#rules.circuit;
  }

  /** The fleet's state as this node knows it. */
  get state(): FleetState {
    return this.#view.state;
  }

  /** Whether it has something to send before the next sync. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** The message to send now; with a `ttl` of 0, the node leaves. */
  message(now: number, ttl: number = this.#rules.ttlMs): Sent {
    const { circuit, member, trip, leaseMs, quietTtlMs } = this.#rules;
    const { rule, trialTimeout } = this.#port;
    this.#slots.returnUnused(now);
    const slotReport = this.#slots.takeReport();
    const want = ttl > 0 && (this.#isNew || this.#shouldClaim(now)) ? 1 : 0;
    if (want > 0) this.#nextClaimAt = now + this.#rules.claimPauseMs;
    const propose = this.#proposal;
    const message: CircuitMessage = {
      circuit,
      member,
      ttl,
      quietTtl: ttl > 0 ? quietTtlMs : 0,
      version: this.#view.version,
      open: this.#votes,
      ...this.#port.totals,
      ackedSuccesses: this.#acked.successes,
      ackedFailures: this.#acked.failures,
      span: trip.kind === 'pooled' ? trip.span : 0,
      ...slotReport,
      trialTimeout,
      leaseTime: leaseMs,
      rule,
      ...(propose !== undefined && { propose }),
      want,
    };
    this.#voted = message.open;
    this.#urgent = false;
    this.#proposal = undefined;
    const quiet = this.#mayBeQuiet ? this.#quiet.stampFor(message, now) : undefined;
    return {
      message: quiet === undefined ? message : { ...message, quiet },
      at: now,
      noticed: this.#noticed,
      slotReport,
    };
  }

  /** Called with the store's reply. */
  answered(
    { message, at, noticed }: Sent,
    reply: CircuitReply | UnchangedReply,
    now: number,
  ): void {
    if (reply.unchanged) {
      this.#live.note(reply.members, now);
      return;
    }
    this.#acked = { successes: message.successes, failures: message.failures };
    const members = this.#live.note(reply.members, now);
    if (this.#isOvertaken(noticed, reply)) {
      this.#quiet.end();
      this.#urgent = true;
      return;
    }
    this.#quiet.replied(reply, at);
    this.#adopt(reply, now);
    if (reply.granted.length > 0) {
      this.#slots.add(reply.granted, at + this.#rules.useMs);
      this.#nextClaimAt = -Infinity;
    }
    this.#propose(reply, members);
    const unheard =
      this.#votes && reply.state === 'CLOSED' && !sameVersion(message.version, reply.version);
    if (unheard || this.#proposal !== undefined) this.#urgent = true;
  }

  /** Called when there was no reply: sends the report again. */
  lost({ message, slotReport }: Sent): void {
    this.#quiet.end();
    if (sameVersion(message.version, this.#view.version)) this.#slots.putBack(slotReport);
    // The message may have arrived. If the store forgets this node meanwhile, these outcomes must not
    // count again, as if they had just happened.
    this.#acked = { ...this.#port.totals };
  }

  /** Called with a notice of the store. */
  noticed(notice: Notice, now: number): void {
    const { generation, epoch } = this.#view.version;
    if (notice.version.generation === generation && this.#control.active) {
      if (notice.version.epoch <= epoch) return;
      this.#noticed++;
      this.#adopt(notice, now);
    } else {
      // The notice may belong to an old generation: only the store can say.
      this.#urgent = true;
    }
  }

  /** Called when the node's breaker changed state. */
  breakerMoved(newState: CircuitState, cause: string): void {
    this.#control.breakerMoved(newState, cause);
    if (!this.#voted && this.#votes && this.#view.state === 'CLOSED') this.#urgent = true;
  }

  /** Takes a trial slot for a call. Returns its fencing number, or `undefined` if there is none. */
  beginTrial(now: number): number | undefined {
    const fence = this.#slots.begin(now);
    if (fence !== undefined) {
      this.#urgent = true;
      return fence;
    }
    // If calls are rare, want a slot until the next call is likely to come.
    this.#wantedUntil = now + Math.max(this.#rules.useMs, 2 * (now - this.#rejectedAt));
    this.#rejectedAt = now;
    if (this.#shouldClaim(now)) this.#urgent = true;
    return undefined;
  }

  /** Called when a trial call has ended. */
  endTrial(fence: number, outcome: TrialSettlement['outcome'], now: number): void {
    // A call that took too long has used up its slot: releasing it would admit one call too many.
    const late = now - (this.#slots.begunAt(fence) ?? now) >= this.#port.trialTimeout;
    if (this.#slots.settle(fence, late ? 'failure' : outcome)) this.#urgent = true;
  }

  /** Milliseconds until a call that is rejected now might get a slot. */
  retryAfter(now: number): number {
    return Math.max(0, this.#until - now, this.#nextClaimAt - now);
  }

  /** Called when the store is unreachable: the breaker works alone, but an isolation stays in force. */
  degrade(): void {
    this.#slots.close();
    if (!this.#control.isolating) this.#lostState = undefined;
    this.#proposal = undefined;
    this.#control.stop();
  }

  /** Called when the node leaves the fleet for good. */
  leave(): void {
    this.degrade();
    this.#control.endIsolation();
  }

  /** Whether the node follows a state that the store still has. */
  get #mayBeQuiet(): boolean {
    return this.#control.active && this.#lostState === undefined;
  }

  get #votes(): boolean {
    return this.#control.votes;
  }

  /**
   * Whether the node knows nothing of the circuit yet. It then asks for a trial slot in advance: a
   * process that lives for one call has no second chance.
   */
  get #isNew(): boolean {
    return this.#view.version.generation === '';
  }

  #shouldClaim(now: number): boolean {
    const { state } = this.#view;
    const tests = state === 'HALF_OPEN' || (state === 'OPEN' && now >= this.#until);
    return (
      now < this.#wantedUntil && tests && now >= this.#nextClaimAt && !this.#slots.hasUnused(now)
    );
  }

  /** Whether a reply is older than a notice that came since the message was sent. */
  #isOvertaken(noticed: number, { version }: CircuitReply): boolean {
    const known = this.#view.version;
    const older = version.generation === known.generation && version.epoch < known.epoch;
    return older && noticed !== this.#noticed;
  }

  /** Takes over the fleet's state. */
  #adopt(view: Notice, now: number): void {
    const known = this.#view;
    // A store that lost its latest transitions may have reused their epochs.
    const changed = !sameVersion(known.version, view.version) || known.state !== view.state;
    if (changed) {
      this.#slots.clear();
      // A vote in the state before does not count in this one.
      this.#voted = false;
      this.#nextClaimAt = this.#wantedUntil = -Infinity;
      this.#rejectedAt = now;
      this.#lostState = this.#lostStateAfter(known, view, now);
    } else if (this.#recoveredAlone(view)) {
      return;
    }
    this.#view = view;
    this.#until = now + view.remaining;
    if (this.#isRestoring(now)) return;
    this.#lostState = undefined;
    this.#control.follow(view, changed && known.version.generation !== '');
  }

  /** The state that the node should restore to a store that came back without its data. */
  #lostStateAfter(known: Notice, view: Notice, now: number): LostState | undefined {
    const { generation, epoch } = view.version;
    if (epoch > 0 || generation === known.version.generation) return undefined;
    // A node without a store has worked alone, except for an isolation.
    const { active, isolating } = this.#control;
    if (!isolating && (!active || known.state === 'CLOSED')) return undefined;
    const wait = Math.max(0, this.#until - now);
    const until = isolating ? Infinity : now + this.#rules.ttlMs;
    return { wait, openings: known.openings, until };
  }

  /** Whether the node still keeps the state that the store has lost. */
  #isRestoring(now: number): boolean {
    return this.#lostState !== undefined && now < this.#lostState.until;
  }

  /**
   * Whether the circuit is open for the fleet, but this node closed its breaker by its own trial calls
   * while it had no store. They are as good as the fleet's, so it proposes to close the circuit for all.
   */
  #recoveredAlone(view: Notice): boolean {
    const over = view.state === 'HALF_OPEN' || (view.state === 'OPEN' && view.remaining === 0);
    if (!over || !this.#control.recoveredAlone) return false;
    this.#proposal = { to: 'CLOSED', wait: 0, openings: 0, cause: 'recovered' };
    return true;
  }

  #propose(reply: CircuitReply, members: number): void {
    if (this.#proposal !== undefined) return;
    if (this.#lostState !== undefined && this.#control.isolating) {
      this.#proposal = { to: 'ISOLATED', wait: 0, openings: 0, cause: 'isolate' };
      return;
    }
    const { trip } = this.#rules;
    const cooldownAfter = (openings: number): number => this.#port.cooldownAfter(openings);
    const proposal = decide(reply, { trip, members, cooldownAfter });
    const restored = this.#lostState && { ...this.#lostState, cause: 'restored' as const };
    this.#proposal = proposal && {
      ...proposal,
      ...(restored && { wait: restored.wait, openings: restored.openings, cause: restored.cause }),
    };
  }
}

function unknown(circuit: string): Notice {
  const version = { generation: '', epoch: 0 };
  return { circuit, version, state: 'CLOSED', cause: 'none', remaining: 0, openings: 0 };
}
