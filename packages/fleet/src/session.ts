import type { Clock, Random } from '@highway/resilience';
import type { NodeCircuit, Sent } from './coordination/node-circuit.ts';
import type { Change, FleetStore } from './store.ts';
import { readChange, readReply } from './read-reply.ts';

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

/** How many requests may be without an answer before it asks less often. */
const patience = 32;

/**
 * Keeps the node's circuits in step with the store: one exchange for all of them every interval,
 * and one for those that can't wait as soon as the last is over, so that there is never more than
 * one at a time. Nothing here is on the path of a call.
 */
export class Session {
  readonly #rules: SessionRules;
  readonly #host: SessionHost;
  #running = false;
  #connected = false;
  #busy = false;
  /** Whether an exchange of what is urgent is about to begin. */
  #soon = false;
  /** Whether a sync fell due while another exchange was under way. */
  #due = false;
  #unanswered = 0;
  #timer: unknown = undefined;
  #subscribing = false;
  #unsubscribe: (() => Promise<void>) | undefined = undefined;

  constructor(rules: SessionRules, host: SessionHost) {
    this.#rules = rules;
    this.#host = host;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Begins; resolves when the first exchange is over, well or not. */
  async start(): Promise<void> {
    this.#running = true;
    await Promise.all([this.#withTimeout(this.#subscribe()), this.#sync()]);
    this.#schedule();
  }

  /** Takes leave of the store and ends. It waits for the store no longer than for any answer. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#rules.clock.clearTimeout(this.#timer);
    const farewell = this.#connected ? this.#exchange([...this.#host.circuits()], 0) : undefined;
    await this.#withTimeout(Promise.all([farewell, this.#unsubscribe?.()]));
    this.#unsubscribe = undefined;
    this.#connect(false);
  }

  /** A circuit has something to say that can't wait. */
  wake(): void {
    // While there is no store, the next sync has to find it first.
    if (!this.#running || !this.#connected || this.#busy || this.#soon) return;
    this.#soon = true;
    // One exchange for all that happens in this turn.
    queueMicrotask(() => {
      this.#soon = false;
      if (this.#running && !this.#busy) void this.#exchange(this.#urgent());
    });
  }

  /** Asks the store something beside the sync; rejects when it takes longer than it may. */
  async ask<T>(asked: Promise<T>): Promise<T> {
    return (await this.#withTimeout(asked, true))!;
  }

  /** Exchanges about every circuit at once; resolves when that is over. */
  async syncNow(): Promise<void> {
    if (this.#running) await this.#sync();
  }

  async #sync(): Promise<void> {
    if (this.#busy) {
      this.#due = true;
      return;
    }
    if (this.#connected && this.#unsubscribe === undefined) void this.#subscribe();
    await this.#exchange([...this.#host.circuits()]);
  }

  #schedule(): void {
    if (!this.#running) return;
    const { clock, random, syncInterval } = this.#rules;
    const slower = this.#unanswered > patience ? 16 : 1;
    // Spread a little, so that nodes that started together don't stay in step. Never more than the
    // interval, which bounds how long a node may not know.
    const delay = syncInterval * slower * (0.9 + 0.1 * random());
    this.#timer = clock.setTimeout(() => {
      void this.#sync();
      this.#schedule();
    }, delay);
    unref(this.#timer);
  }

  async #exchange(circuits: readonly NodeCircuit[], ttl?: number): Promise<void> {
    if (circuits.length === 0 && this.#connected) return;
    const { store, clock } = this.#rules;
    const now = clock.now();
    const sent = circuits.map((circuit) => circuit.message(now, ttl));
    this.#busy = true;
    this.#unanswered++;
    try {
      const asked = store.exchange(sent.map(({ message }) => message));
      void asked.then(
        () => {
          this.#settled(true);
        },
        () => {
          this.#settled(false);
        },
      );
      const replies: unknown = await this.#withTimeout(asked, true);
      this.#answered(circuits, sent, replies);
    } catch (error) {
      circuits.forEach((circuit, i) => {
        circuit.lost(sent[i]!);
      });
      this.#connect(false);
      this.#host.failed(error);
    } finally {
      this.#busy = false;
    }
    this.#next();
  }

  #answered(circuits: readonly NodeCircuit[], sent: readonly Sent[], replies: unknown): void {
    const read = Array.isArray(replies) ? replies.map(readReply) : [];
    circuits.forEach((circuit, i) => {
      const reply = read[i];
      if (reply?.circuit !== circuit.name)
        throw new Error(`The store gave no answer for ${circuit.name}`);
      circuit.answered(sent[i]!, reply, this.#rules.clock.now());
      this.#host.updated(circuit);
    });
    this.#connect(true);
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

  /** The store has answered or failed; an answer that had been given up says that it is back. */
  #settled(answered: boolean): void {
    this.#unanswered--;
    if (answered && this.#running && !this.#connected && !this.#busy) void this.#sync();
  }

  #connect(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (!connected) for (const circuit of this.#host.circuits()) circuit.goAlone();
    this.#host.connection(connected);
  }

  async #subscribe(): Promise<void> {
    if (this.#subscribing) return;
    this.#subscribing = true;
    try {
      const unsubscribe = await this.#rules.store.subscribe((change) => {
        this.#noticed(change);
      });
      if (this.#running) this.#unsubscribe = unsubscribe;
      else await unsubscribe();
    } catch (error) {
      // Without notices there is still the sync; the next one tries again.
      this.#host.failed(error);
    } finally {
      this.#subscribing = false;
    }
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
    const circuit = this.#host.circuit(change.circuit);
    if (circuit === undefined) return;
    circuit.noticed(change, this.#rules.clock.now());
    this.#host.updated(circuit);
    if (circuit.urgent) this.wake();
  }

  /** Waits for a store no longer than it may take; then throws, or goes on. */
  #withTimeout<T>(asked: Promise<T>, throws = false): Promise<T | undefined> {
    const { clock, syncTimeout } = this.#rules;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        if (throws) reject(new StoreTimeoutError(syncTimeout));
        else resolve(undefined);
      }, syncTimeout);
      unref(timer);
      asked.then(resolve, reject).finally(() => {
        clock.clearTimeout(timer);
      });
    });
  }
}

/** The store did not answer in time. */
export class StoreTimeoutError extends Error {
  override readonly name: string = 'StoreTimeoutError';
  readonly code: string = 'ERR_FLEET_STORE_TIMEOUT';

  constructor(ms: number) {
    super(`The store did not answer within ${String(ms)} ms`);
  }
}

/** A process that has nothing else to do may end: the sync alone does not keep it alive. */
function unref(timer: unknown): void {
  (Object(timer) as { unref?: () => void }).unref?.();
}
