import type { Clock } from '@highway/resilience';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  UnchangedReply,
} from '@highway/fleet';
import { LiveProcesses } from '../../src/coordination/live-processes.ts';
import { mergeMessage } from '../../src/coordination/merge.ts';
import { freshRecord } from '../../src/coordination/record.ts';
import type { CircuitRecord } from '../../src/coordination/record.ts';
import { viewOf } from '../../src/coordination/view.ts';

/** A transition of the store, and the message that caused it. */
export interface Transition {
  /** The time of the world's clock. */
  readonly at: number;
  readonly before: Notice;
  readonly after: Notice;
  readonly message: CircuitMessage;
}

/** A simulated store server, with a clock that can be set and data that can be lost. */
export class StoreServer {
  readonly transitions: Transition[] = [];
  /** The slots that the store took back without a report of a call, by half-open period. */
  readonly takenBack: Map<string, number> = new Map<string, number>();
  readonly listeners = new Set<(notice: Notice) => void>();
  /** The messages that were merged, and those that changed nothing. */
  merged = 0;
  unchanged = 0;
  readonly #clock: Clock;
  readonly #knowsQuiet: boolean;
  #offset = 3_600_000;
  #records = new Map<string, CircuitRecord>();
  #copy = new Map<string, CircuitRecord>();
  #lives = 0;
  readonly #processes = new LiveProcesses();

  /** @param knowsQuiet whether it need not merge quiet messages */
  constructor(clock: Clock, knowsQuiet = true) {
    this.#clock = clock;
    this.#knowsQuiet = knowsQuiet;
  }

  now(): number {
    return this.#clock.now() + this.#offset;
  }

  exchange(messages: readonly CircuitMessage[]): (CircuitReply | UnchangedReply)[] {
    const heard = this.#processes.heard(messages, this.now());
    if (this.#knowsQuiet) return heard.map((message) => this.#merge(message));
    return heard.map((message) => ({
      ...this.#merge({ ...message, quiet: undefined, quietTtl: undefined }),
      stamp: undefined,
    }));
  }

  record(circuit: string): CircuitRecord {
    const life = this.#lives;
    const record =
      this.#records.get(circuit) ?? freshRecord(`life-${String(life)}-${circuit}`, this.now());
    this.#records.set(circuit, record);
    return record;
  }

  views(): CircuitView[] {
    return Array.from(this.#records, ([name, record]) => this.#view(record, name));
  }

  /** Restarts without data. */
  clear(): void {
    this.#records.clear();
    this.#processes.clear();
    this.#lives++;
  }

  /** Takes the copy that a later failover restores. */
  copy(): void {
    this.#copy = structuredClone(this.#records);
  }

  /** A replica takes over that missed the latest messages. */
  failOver(): void {
    this.#records = structuredClone(this.#copy);
    // What it knows of processes is as old as the rest.
    this.#processes.clear();
    // A circuit that the copy does not have starts again.
    this.#lives++;
  }

  /** Evicts some data of each circuit. */
  lose(which: number): void {
    for (const [circuit, record] of this.#records) {
      if (which & 1) {
        record.members.clear();
        record.votes = 0;
      }
      if (which & 2) record.buckets.clear();
      if (which & 4) record.slots.clear();
      if (which & 8) this.#records.delete(circuit);
    }
    if (which & 8) this.#lives++;
  }

  /** Loses all subscriptions silently. */
  deafen(): void {
    this.listeners.clear();
  }

  stepClock(ms: number): void {
    this.#offset += ms;
  }

  #view(record: CircuitRecord, circuit: string): CircuitView {
    return viewOf(record, circuit, this.now(), this.#processes);
  }

  #countTakenBack(record: CircuitRecord): void {
    const { generation, epoch } = record;
    const period = JSON.stringify({ generation, epoch });
    for (const { begun, expiresAt } of record.slots.values()) {
      if (begun || expiresAt > this.now()) continue;
      this.takenBack.set(period, (this.takenBack.get(period) ?? 0) + 1);
    }
  }

  #merge(message: CircuitMessage): CircuitReply | UnchangedReply {
    const record = this.record(message.circuit);
    let before = this.#view(record, message.circuit);
    this.#countTakenBack(record);
    const { reply, notices } = mergeMessage(record, message, this.now());
    if (reply.unchanged) this.unchanged++;
    else this.merged++;
    for (const after of notices) {
      this.transitions.push({ at: this.#clock.now(), before, after, message });
      before = { ...before, ...after };
      for (const listener of this.listeners) listener(after);
    }
    return reply;
  }
}
