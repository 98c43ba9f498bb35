import type { Clock, Random } from '@highway/resilience';
import type { NodeCircuit, Sent } from './coordination/node-circuit.ts';
import { FleetError, StoreTimeoutError } from './errors.ts';
import { Notices } from './notices.ts';
import { Portion } from './portion.ts';
import type { Notice, CircuitReply, FleetStore, UnchangedReply } from './store.ts';
import { answersFrom, isDamaged, checkReplyTo } from './support/damaged-circuits.ts';
import type { Answer } from './support/damaged-circuits.ts';
import { readNotice } from './support/read-reply.ts';
import { TimeLimit, unref } from './support/time-limit.ts';

/** The rules of a session. Times are in ms. */
export interface SessionRules {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly syncIntervalMs: number;
  /** How long the store may take to answer before the node works alone. */
  readonly syncTimeoutMs: number;
}

/** What a session reports to. */
export interface SessionHost {
  /** The circuits to sync. */
  circuits(): Iterable<NodeCircuit>;
  circuit(name: string): NodeCircuit | undefined;
  /** The store can be reached again, or no longer. */
  connection(connected: boolean): void;
  /** The store failed, or holds damaged state. */
  failed(error: unknown): void;
  /** The fleet's state of a circuit may have changed. */
  updated(circuit: NodeCircuit): void;
}

/** After so many exchanges without an answer, the session syncs less often. */
const maxUnanswered = 32;

/**
 * Syncs the node's circuits with the store: one exchange for all of them every interval, and one for
 * urgent circuits as soon as the last exchange has ended. If the store cannot answer so many in time, a
 * sync takes several exchanges. There is never more than one at a time, and no call waits for any.
 */
export class Session {
  readonly #rules: SessionRules;
  readonly #host: SessionHost;
  readonly #limit: TimeLimit;
  readonly #notices: Notices;
  readonly #portion: Portion;
  #running = false;
  #connected = false;
  /** The exchange in progress, or a series of them. */
  #current: Promise<void> | undefined = undefined;
  /** Whether an exchange for urgent circuits is about to start. */
  #soon = false;
  /** Whether a sync fell due during another exchange. */
  #due = false;
  #unanswered = 0;
  #timer: unknown = undefined;
  /** When the next sync falls due. */
  #nextAt = 0;

  constructor(rules: SessionRules, host: SessionHost) {
    this.#rules = rules;
    this.#host = host;
    this.#limit = new TimeLimit(rules.clock, rules.syncTimeoutMs);
    this.#portion = new Portion(rules.syncTimeoutMs);
    const { store, clock } = rules;
    this.#notices = new Notices(
      { store, clock, limit: this.#limit },
      {
        noticed: (notice) => {
          this.#noticed(notice);
        },
        missed: () => {
          if (this.#running) void this.#sync();
        },
        failed: (error) => {
          if (this.#running) host.failed(error);
        },
      },
    );
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Starts. Resolves when the first exchange has ended, even if it failed. */
  async start(): Promise<void> {
    this.#running = true;
    this.#nextAt = this.#rules.clock.now();
    // Before the first answer, which may never come: the next sync must not wait for it.
    this.#schedule();
    await Promise.all([this.#notices.start(), this.#sync()]);
  }

  /** Leaves the fleet and stops. Does not wait for a store that does not answer. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#rules.clock.clearTimeout(this.#timer);
    if (!this.#connected) this.#limit.giveUp();
    // If this exchange arrived after the leave message, its outcomes would count twice.
    await this.#current;
    if (this.#connected) await this.#exchange([...this.#host.circuits()], 0);
    await this.#notices.stop();
    this.#limit.giveUp();
    this.#connect(false);
  }

  /** Called when a circuit has something to send before the next sync. */
  wake(): void {
    // Without a store, the next sync has to find it first.
    if (!this.#running || !this.#connected || this.#current || this.#soon) return;
    this.#soon = true;
    // One exchange for everything that happens in this turn.
    queueMicrotask(() => {
      this.#soon = false;
      if (this.#running && !this.#current) void this.#exchange(this.#urgent());
    });
  }

  /** Asks the store outside the sync; rejects if it does not answer in time. */
  ask<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#limit.ask(ask);
  }

  /** Syncs every circuit now. Resolves when the sync has ended. */
  async syncNow(): Promise<void> {
    if (!this.#running) return;
    const before = this.#current;
    await this.#sync();
    if (before === undefined) return;
    // The end of this exchange starts the one that is due.
    await before;
    await this.#current;
  }

  async #sync(): Promise<void> {
    if (this.#current !== undefined) {
      this.#due = true;
      return;
    }
    if (this.#connected) this.#notices.keep();
    await this.#exchange([...this.#host.circuits()]);
  }

  #schedule(): void {
    if (!this.#running) return;
    const { clock, random, syncIntervalMs } = this.#rules;
    const slower = this.#unanswered > maxUnanswered ? 16 : 1;
    // Random, so that nodes that started together do not sync at the same time. Never longer than the
    // interval, which bounds how long a node can miss a transition.
    const pause = syncIntervalMs * slower * (0.9 + 0.1 * random());
    const now = clock.now();
    // Counted from when the last sync was due: counted from now, syncs would fall behind by the lateness
    // of each timer. Syncs that a frozen process missed are skipped.
    this.#nextAt = this.#nextAt + pause > now ? this.#nextAt + pause : now + pause;
    this.#timer = clock.setTimeout(() => {
      void this.#sync();
      this.#schedule();
    }, this.#nextAt - now);
    unref(this.#timer);
  }

  #exchange(circuits: readonly NodeCircuit[], ttl?: number): Promise<void> {
    if (circuits.length === 0 && this.#connected) return Promise.resolve();
    this.#current = this.#send(circuits, ttl).then(() => {
      this.#current = undefined;
      this.#next();
    });
    return this.#current;
  }

  /** Sends circuits in portions that the store answers in time. */
  async #send(circuits: readonly NodeCircuit[], ttl?: number): Promise<void> {
    const leaves = ttl !== undefined;
    const rest = new Set(circuits);
    let answered;
    do {
      const portion = this.#portionOf(rest, leaves);
      for (const circuit of portion) rest.delete(circuit);
      answered = await this.#sendAtOnce(portion, ttl);
    } while (answered && rest.size > 0 && (this.#running || leaves));
  }

  #portionOf(rest: ReadonlySet<NodeCircuit>, leaves: boolean): readonly NodeCircuit[] {
    const { size } = this.#portion;
    if (size >= rest.size) return [...rest];
    // They need not wait for the end of a long sync.
    const urgent = leaves ? [] : this.#urgent().slice(0, Math.ceil(size / 2));
    const others = [...rest].slice(0, Math.max(1, size - urgent.length));
    return [...new Set([...urgent, ...others])];
  }

  /** Sends circuits in one exchange; returns whether it was answered. */
  async #sendAtOnce(circuits: readonly NodeCircuit[], ttl?: number): Promise<boolean> {
    const { clock } = this.#rules;
    const now = clock.now();
    const sent = circuits.map((circuit) => circuit.message(now, ttl));
    try {
      this.#answered(circuits, sent, await this.#askAll(sent));
      this.#portion.answered(clock.now() - now);
      return true;
    } catch (error) {
      if (error instanceof StoreTimeoutError) this.#portion.timedOut(circuits.length);
      circuits.forEach((circuit, i) => {
        circuit.lost(sent[i]!);
      });
      this.#connect(false);
      if (this.#running) this.#host.failed(error);
      return false;
    }
  }

  #askAll(sent: readonly Sent[]): Promise<unknown> {
    return this.#limit.ask((signal) => this.#exchanged(sent, signal));
  }

  #exchanged(sent: readonly Sent[], signal: AbortSignal): Promise<unknown> {
    const messages = sent.map(({ message }) => message);
    // A store may return its own kind of promise, which may call back at once, or no promise at all.
    const asked = answersFrom(this.#rules.store.exchange(messages, signal));
    this.#unanswered++;
    asked.then(
      () => {
        this.#unanswered = 0;
        // A late answer means that the store is back.
        if (this.#running && !this.#connected && !this.#current) void this.#sync();
      },
      () => {
        this.#unanswered = Math.max(0, this.#unanswered - 1);
      },
    );
    return asked;
  }

  #answered(circuits: readonly NodeCircuit[], sent: readonly Sent[], replies: unknown): void {
    const read = readReplies(sent, replies);
    const now = this.#rules.clock.now();
    circuits.forEach((circuit, i) => {
      const reply = read[i]!;
      if (isDamaged(reply)) {
        // This circuit's breaker works alone, as if there were no store.
        circuit.lost(sent[i]!);
        circuit.degrade();
        return;
      }
      if (reply.unchanged) this.#notices.unchanged(reply);
      else this.#notices.replied(reply, sent[i]!.message.version);
      circuit.answered(sent[i]!, reply, now);
      this.#host.updated(circuit);
    });
    this.#connect(true);
    if (this.#running) for (const error of read.filter(isDamaged)) this.#host.failed(error);
  }

  /** Starts the exchange that fell due during the last one. */
  #next(): void {
    if (!this.#running) return;
    if (this.#due) {
      this.#due = false;
      void this.#sync();
    } else if (this.#urgent().length > 0) {
      this.wake();
    }
  }

  #urgent(): NodeCircuit[] {
    return [...this.#host.circuits()].filter(({ urgent }) => urgent);
  }

  #connect(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#notices.interrupted();
    if (!connected) for (const circuit of this.#host.circuits()) circuit.degrade();
    this.#host.connection(connected);
  }

  #noticed(given: Notice): void {
    if (!this.#running) return;
    let notice: Notice;
    try {
      notice = readNotice(given);
    } catch (error) {
      this.#host.failed(error);
      return;
    }
    this.#notices.heard(notice);
    const circuit = this.#host.circuit(notice.circuit);
    if (circuit === undefined) return;
    circuit.noticed(notice, this.#rules.clock.now());
    this.#host.updated(circuit);
    if (circuit.urgent) this.wake();
  }
}

/**
 * Validates all replies before any is used: if one circuit is missing, none counts. A damaged reply
 * affects only its own circuit.
 */
function readReplies(
  sent: readonly Sent[],
  given: unknown,
): readonly Answer<CircuitReply | UnchangedReply>[] {
  const replies: readonly unknown[] = Array.isArray(given) ? given : [];
  return sent.map(({ message }, i) => {
    const name = message.circuit;
    const reply = replies[i] === undefined ? undefined : checkReplyTo(message, replies[i]);
    if (reply === undefined || (reply.circuit ?? name) !== name) {
      const why = `The store returned no reply for ${name}`;
      throw new FleetError('ERR_FLEET_INVALID_REPLY', why, { circuit: name });
    }
    return reply;
  });
}
