import type { Clock } from '@highway/resilience';
import { Interruption } from '../../src/engine/journal/journal.ts';
import type { EndedRun, Journal } from '../../src/engine/journal/journal.ts';
import { WorkflowError } from '../../src/errors.ts';
import { JournalRecord, parseRecord } from '../../src/engine/records/journal-record.ts';
import { writeValue } from '../../src/engine/records/records.ts';
import { storeValue } from '../../src/engine/records/stored-value.ts';

/** A run in the memory store. */
export interface StoredRun {
  readonly id: string;
  readonly workflow: string;
  /** The text of a record: what it doesn't contain is lost. */
  readonly input: string;
  /** The texts of records; `undefined` for entries without one. */
  readonly entries: { readonly name: string; readonly text: string | undefined }[];
  readonly messages: { readonly topic: string; readonly text: string }[];
  readonly published: Map<string, string>;
  cancelled: boolean;
  ended: EndedRun | undefined;
}

/** How a write can fail. */
export type WriteFault =
  /** It is not done, and succeeds when it is retried. */
  | 'transient'
  /** It is not done, and a retry would not help: the execution ends. */
  | 'permanent'
  /** It is done, but the reply is lost. */
  | 'lost';

const pauseMs = 30;

/** A write has failed. */
class WriteFailure extends Error {
  readonly fault: WriteFault;

  constructor(fault: WriteFault) {
    super(`the write failed: ${fault}`);
    this.fault = fault;
  }
}

/** The journals of a test, which outlive its processes. Counts the writes. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  writes = 0;
  /** Is called after each write with its number. */
  onWrite: (write: number) => void = () => {};
  /** The fault of the write with this number, counting failed writes too. */
  faultAt: (attempt: number) => WriteFault | undefined = () => undefined;
  /** How many writes have failed. */
  faults = 0;
  #attempts = 0;
  /** An entry waits for it before and after its body, as for the network. */
  latency: (() => Promise<void>) | undefined = undefined;

  /** All writes go through here. */
  write(change: () => void): void {
    const fault = this.faultAt((this.#attempts += 1));
    if (fault !== undefined) this.faults += 1;
    if (fault === 'transient' || fault === 'permanent') throw new WriteFailure(fault);
    change();
    this.writes += 1;
    this.onWrite(this.writes);
    if (fault !== undefined) throw new WriteFailure(fault);
  }

  /**
   * Writes for a process as the engine does: retries transient faults unless the process dies. Throws an
   * `Interruption` if a retry doesn't help, or if it is unknown whether the write was done.
   */
  async persist(write: () => void, process: Process): Promise<void> {
    for (;;) {
      if (isDead(process)) return neverSettles();
      try {
        write();
        return;
      } catch (error) {
        if (!(error instanceof WriteFailure)) throw error;
        if (error.fault !== 'transient') throw new Interruption(error.message, { cause: error });
      }
      await new Promise<void>((resolve) => void process.clock.setTimeout(resolve, pauseMs));
    }
  }

  enqueue(id: string, workflow: string, input: unknown): StoredRun {
    const found = this.runs.get(id);
    if (found !== undefined) return found;
    const run: StoredRun = {
      id,
      workflow,
      input: writeValue('input', storeValue('the input', input)).text,
      entries: [],
      messages: [],
      published: new Map(),
      cancelled: false,
      ended: undefined,
    };
    this.write(() => this.runs.set(id, run));
    return run;
  }

  get open(): StoredRun[] {
    return [...this.runs.values()].filter(({ ended }) => ended === undefined);
  }
}

/** A process. Once it is dead, nothing that it does has an effect. */
export interface Process {
  readonly dead: boolean;
  readonly clock: Clock;
}

/** The journal of a run in the memory store, for one execution. */
export class MemoryJournal implements Journal {
  readonly runId: string;
  readonly #store: MemoryStore;
  readonly #run: StoredRun;
  readonly #process: Process;
  #position = 0;

  constructor(store: MemoryStore, run: StoredRun, process: Process) {
    this.runId = run.id;
    this.#store = store;
    this.#run = run;
    this.#process = process;
  }

  async step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord> {
    return (await this.#entry(name, body))!;
  }

  async receive(topic: string): Promise<JournalRecord | undefined> {
    const { messages } = this.#run;
    const message = (): number => messages.findIndex((one) => one.topic === topic);
    return this.#entry(
      `receive ${topic}`,
      () => {
        const found = messages[message()];
        return Promise.resolve(found === undefined ? undefined : read(found.text));
      },
      (text) => {
        if (text !== undefined) messages.splice(message(), 1);
      },
    );
  }

  async publish(key: string, record: JournalRecord): Promise<void> {
    await this.#entry(
      `publish ${key}`,
      () => Promise.resolve(undefined),
      () => this.#run.published.set(key, record.text),
    );
  }

  async patched(name: string): Promise<boolean> {
    const recorded = this.#run.entries[this.#position];
    if (recorded !== undefined && recorded.name !== `patch ${name}`) return false;
    await this.#entry(`patch ${name}`, () => Promise.resolve(undefined));
    return true;
  }

  /** `change` is written together with the entry. */
  async #entry(
    name: string,
    body: () => Promise<JournalRecord | undefined>,
    change?: (text: string | undefined) => void,
  ): Promise<JournalRecord | undefined> {
    const position = this.#position++;
    const recorded = this.#run.entries[position];
    if (recorded !== undefined) {
      if (recorded.name === name) return readAny(recorded.text);
      throw new WorkflowError(
        'ERR_REPLAY',
        `position ${position} holds ${recorded.name}, not ${name}`,
      );
    }
    if (isDead(this.#process)) return neverSettles();
    await this.#store.latency?.();
    const text = (await body())?.text;
    await this.#store.latency?.();
    await this.#store.persist(() => {
      this.#store.write(() => {
        this.#run.entries.push({ name, text });
        change?.(text);
      });
    }, this.#process);
    // The write may have been this process's last.
    return isDead(this.#process) ? neverSettles() : readAny(text);
  }
}

function readAny(text: string | undefined): JournalRecord | undefined {
  return text === undefined ? undefined : read(text);
}

/** Reads a text as the serializer does: what it doesn't know becomes a record of another kind. */
export function read(text: string): JournalRecord {
  return parseRecord(text) ?? new JournalRecord('other', {});
}

// The compiler assumes that a flag doesn't change across an await.
function isDead(process: Process): boolean {
  return process.dead;
}

export function neverSettles(): Promise<never> {
  return new Promise(() => {});
}
