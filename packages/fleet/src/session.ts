import type { Clock, Random } from '@highway/resilience';
import type { NodeCircuit, Sent } from './coordination/node-circuit.ts';
import { FleetError } from './errors.ts';
import { Notices } from './notices.ts';
import type { Change, CircuitReply, FleetStore } from './store.ts';
import { eachOf, isDamaged, replyAbout } from './damaged-circuits.ts';
import type { Answered } from './damaged-circuits.ts';
import { readChange } from './read-reply.ts';
import { TimeLimit, unref } from './time-limit.ts';

/** What a session goes by. Times in ms. */
export interface SessionRules {
  readonly store: FleetStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly syncInterval: number;
  /** How long a store may take to answer before the node goes on alone. */
  readonly syncTimeout: number;
}

/** Whom a session tells. */
export interface SessionHost {
  /** The circuits to keep in step. */
  circuits(): Iterable<NodeCircuit>;
  circuit(name: string): NodeCircuit | undefined;
  /** There is a store again, or there is none any more. */
  connection(connected: boolean): void;
  /** The store failed, or holds damaged state. */
  failed(error: unknown): void;
  /** What the fleet knows of a circuit may have changed. */
  updated(circuit: NodeCircuit): void;
}

/** How many requests the store's client may hold without an answer before it is given fewer. */
const patience = 32;

/**
 * Keeps the node's circuits in step with the store: one exchange for all of them every interval,
 * and one for those that can't wait as soon as the last is over, so that there is never more than
 * one at a time. Nothing here is on the path of a call.
 */
export class Session {
  readonly #rules: SessionRules;
  readonly #host: SessionHost;
  readonly #limit: TimeLimit;
  readonly #notices: Notices;
  #running = false;
  #connected = false;
  /** The exchange that is under way. */
  #current: Promise<void> | undefined = undefined;
  /** Whether an exchange of what is urgent is about to begin. */
  #soon = false;
  /** Whether a sync fell due while another exchange was under way. */
  #due = false;
  #unanswered = 0;
  #timer: unknown = undefined;
  /** When the sync that the timer is set for falls due. */
  #nextAt = 0;

  constructor(rules: SessionRules, host: SessionHost) {
    this.#rules = rules;
    this.#host = host;
    this.#limit = new TimeLimit(rules.clock, rules.syncTimeout);
    const { store, clock } = rules;
    this.#notices = new Notices(
      { store, clock, limit: this.#limit },
      {
        noticed: (change) => {
          this.#noticed(change);
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

  /** Begins; resolves when the first exchange is over, well or not. */
  async start(): Promise<void> {
    this.#running = true;
    this.#nextAt = this.#rules.clock.now();
    // Before the first answer, which may never come: the next question must not wait for more.
    this.#schedule();
    await Promise.all([this.#notices.start(), this.#sync()]);
  }

  /** Takes leave of the store and ends. It does not wait for a store that does not answer. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#rules.clock.clearTimeout(this.#timer);
    if (!this.#connected) this.#limit.giveUp();
    // Its outcomes would be counted twice if it arrived after the farewell.
    await this.#current;
    if (this.#connected) await this.#exchange([...this.#host.circuits()], 0);
    await this.#notices.stop();
    this.#limit.giveUp();
    this.#connect(false);
  }

  /** A circuit has something to say that can't wait. */
  wake(): void {
    // While there is no store, the next sync has to find it first.
    if (!this.#running || !this.#connected || this.#current || this.#soon) return;
    this.#soon = true;
    // One exchange for all that happens in this turn.
    queueMicrotask(() => {
      this.#soon = false;
      if (this.#running && !this.#current) void this.#exchange(this.#urgent());
    });
  }

  /** Asks the store something beside the sync; rejects when it takes longer than it may. */
  ask<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#limit.ask(ask);
  }

  /** Exchanges about every circuit at once; resolves when that is over. */
  async syncNow(): Promise<void> {
    if (!this.#running) return;
    const before = this.#current;
    await this.#sync();
    if (before === undefined) return;
    // Its end begins the exchange that is due.
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
    const { clock, random, syncInterval } = this.#rules;
    const slower = this.#unanswered > patience ? 16 : 1;
    // Spread a little, so that nodes that started together don't stay in step. Never more than the
    // interval, which bounds how long a node may not know.
    const pause = syncInterval * slower * (0.9 + 0.1 * random());
    const now = clock.now();
    // From when the last one was due, not from when the process woke up: it would fall behind by as
    // much as each timer is late. What a process that was frozen has missed is not made up for.
    this.#nextAt = this.#nextAt + pause > now ? this.#nextAt + pause : now + pause;
    this.#timer = clock.setTimeout(() => {
      void this.#sync();
      this.#schedule();
    }, this.#nextAt - now);
    unref(this.#timer);
  }

  #exchange(circuits: readonly NodeCircuit[], ttl?: number): Promise<void> {
    if (circuits.length === 0 && this.#connected) return Promise.resolve();
    this.#current = this.#speak(circuits, ttl).then(() => {
      this.#current = undefined;
      this.#next();
    });
    return this.#current;
  }

  async #speak(circuits: readonly NodeCircuit[], ttl?: number): Promise<void> {
    const now = this.#rules.clock.now();
    const sent = circuits.map((circuit) => circuit.message(now, ttl));
    try {
      this.#answered(circuits, sent, await this.#ask(sent));
    } catch (error) {
      circuits.forEach((circuit, i) => {
        circuit.lost(sent[i]!);
      });
      this.#connect(false);
      if (this.#running) this.#host.failed(error);
    }
  }

  #ask(sent: readonly Sent[]): Promise<unknown> {
    return this.#limit.ask((signal) => this.#exchanged(sent, signal));
  }

  #exchanged(sent: readonly Sent[], signal: AbortSignal): Promise<unknown> {
    const messages = sent.map(({ message }) => message);
    // A store may give a promise of its own kind, which may call back at once, or nothing at all.
    const asked = eachOf(this.#rules.store.exchange(messages, signal));
    this.#unanswered++;
    asked.then(
      () => {
        this.#unanswered = 0;
        // An answer that had been given up says that the store is back.
        if (this.#running && !this.#connected && !this.#current) void this.#sync();
      },
      () => {
        this.#unanswered = Math.max(0, this.#unanswered - 1);
      },
    );
    return asked;
  }

  #answered(circuits: readonly NodeCircuit[], sent: readonly Sent[], replies: unknown): void {
    const read = readReplies(circuits, replies);
    const now = this.#rules.clock.now();
    circuits.forEach((circuit, i) => {
      const reply = read[i]!;
      if (isDamaged(reply)) {
        // It goes by its own rules, as if it had no store.
        circuit.lost(sent[i]!);
        circuit.goAlone();
        return;
      }
      this.#notices.learnt(reply, sent[i]!.message.version);
      circuit.answered(sent[i]!, reply, now);
      this.#host.updated(circuit);
    });
    this.#connect(true);
    if (this.#running) for (const error of read.filter(isDamaged)) this.#host.failed(error);
  }

  /** Goes on with what could not wait for the last exchange to end. */
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
    if (!connected) for (const circuit of this.#host.circuits()) circuit.goAlone();
    this.#host.connection(connected);
  }

  #noticed(given: Change): void {
    if (!this.#running) return;
    let change: Change;
    try {
      change = readChange(given);
    } catch (error) {
      this.#host.failed(error);
      return;
    }
    this.#notices.heard(change);
    const circuit = this.#host.circuit(change.circuit);
    if (circuit === undefined) return;
    circuit.noticed(change, this.#rules.clock.now());
    this.#host.updated(circuit);
    if (circuit.urgent) this.wake();
  }
}

/**
 * All of them, before any is heard: an answer that lacks a circuit counts for none. Damage counts
 * for the circuit alone that it is about.
 */
function readReplies(
  circuits: readonly NodeCircuit[],
  given: unknown,
): readonly Answered<CircuitReply>[] {
  const replies: readonly unknown[] = Array.isArray(given) ? given : [];
  return circuits.map(({ name }, i) => {
    const reply = replies[i] === undefined ? undefined : replyAbout(name, replies[i]);
    if (reply === undefined || (reply.circuit ?? name) !== name) {
      const message = `The store gave no reply for ${name}`;
      throw new FleetError('ERR_FLEET_INVALID_REPLY', message, { circuit: name });
    }
    return reply;
  });
}
