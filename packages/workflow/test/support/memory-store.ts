import type { Clock } from '@highway/resilience';
import { Interruption } from '../../src/journal/journal.ts';
import type { EndedRun, Journal } from '../../src/journal/journal.ts';
import { WorkflowError } from '../../src/errors.ts';
import { JournalRecord, parseRecord } from '../../src/records/journal-record.ts';
import { writeValue } from '../../src/records/records.ts';
import { store } from '../../src/records/stored.ts';

/** What the memory store has of a run. */
export interface StoredRun {
  readonly id: string;
  readonly workflow: string;
  /** A record, as text: what is not in it is lost. */
  readonly input: string;
  /** Records as texts; `undefined` for what has none. */
  readonly entries: { readonly name: string; readonly text: string | undefined }[];
  readonly messages: { readonly topic: string; readonly text: string }[];
  readonly published: Map<string, string>;
  cancelled: boolean;
  ended: EndedRun | undefined;
}

/** How a write can go wrong. */
export type WriteFault =
  /** It is not done, and goes well when it is tried again. */
  | 'passing'
  /** It is not done, and no further try would change that: the execution ends. */
  | 'refused'
  /** It is done, and whoever asked for it doesn't hear of that. */
  | 'lost';

const pauseMs = 30;

/** A write has gone wrong. */
class WriteFailure extends Error {
  readonly fault: WriteFault;

  constructor(fault: WriteFault) {
    super(`the write went wrong: ${fault}`);
    this.fault = fault;
  }
}

/** Outlives the processes of a test: the journals, and a count of the writes to them. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  writes = 0;
  /** Called after each write, with the number of it. */
  onWrite: (write: number) => void = () => {};
  /** What goes wrong with the write of that number, counting those that went wrong too. */
  faultAt: (attempt: number) => WriteFault | undefined = () => undefined;
  /** How many writes have gone wrong. */
  faults = 0;
  #attempts = 0;
  /** What an entry waits for before and after its body: the way to the database. */
  latency: (() => Promise<void>) | undefined = undefined;

  /** Everything that is written goes through here. */
  write(change: () => void): void {
    const fault = this.faultAt((this.#attempts += 1));
    if (fault !== undefined) this.faults += 1;
    if (fault === 'passing' || fault === 'refused') throw new WriteFailure(fault);
    change();
    this.writes += 1;
    this.onWrite(this.writes);
    if (fault !== undefined) throw new WriteFailure(fault);
  }

  /**
   * Has a process write, as the engine does: tries again while that may help, unless its process dies
   * meanwhile. Throws an `Interruption` where it doesn't help, or where it is open what became of it.
   */
  async persist(write: () => void, process: Process): Promise<void> {
    for (;;) {
      if (isDead(process)) return never();
      try {
        write();
        return;
      } catch (error) {
        if (!(error instanceof WriteFailure)) throw error;
        if (error.fault !== 'passing') throw new Interruption(error.message, { cause: error });
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
      input: writeValue('input', store('the input', input)).text,
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

/** A process; once it is dead, nothing that it does has an effect any more. */
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
  #place = 0;

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
    const recorded = this.#run.entries[this.#place];
    if (recorded !== undefined && recorded.name !== `patch ${name}`) return false;
    await this.#entry(`patch ${name}`, () => Promise.resolve(undefined));
    return true;
  }

  /** `change` is what is written together with the entry. */
  async #entry(
    name: string,
    body: () => Promise<JournalRecord | undefined>,
    change?: (text: string | undefined) => void,
  ): Promise<JournalRecord | undefined> {
    const place = this.#place++;
    const recorded = this.#run.entries[place];
    if (recorded !== undefined) {
      if (recorded.name === name) return readAny(recorded.text);
      throw new WorkflowError('ERR_REPLAY', `place ${place} holds ${recorded.name}, not ${name}`);
    }
    if (isDead(this.#process)) return never();
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
    return isDead(this.#process) ? never() : readAny(text);
  }
}

function readAny(text: string | undefined): JournalRecord | undefined {
  return text === undefined ? undefined : read(text);
}

/** As the serializer reads it: what it doesn't know is a record that nobody asks for. */
export function read(text: string): JournalRecord {
  return parseRecord(text) ?? new JournalRecord('other', {});
}

// The compiler takes a flag for unchanged across an await.
function isDead(process: Process): boolean {
  return process.dead;
}

export function never(): Promise<never> {
  return new Promise(() => {});
}
