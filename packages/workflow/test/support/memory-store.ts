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

/** Outlives the processes of a test: the journals, and a count of the writes to them. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  writes = 0;
  /** Called after each write, with the number of it. */
  onWrite: (write: number) => void = () => {};
  /** What an entry waits for before and after its body: the way to the database. */
  latency: (() => Promise<void>) | undefined = undefined;

  /** Everything that is written goes through here. */
  write(change: () => void): void {
    change();
    this.writes += 1;
    this.onWrite(this.writes);
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

/** Tells a process that is dead: nothing that it does has an effect any more. */
export interface Life {
  readonly dead: boolean;
}

/** The journal of a run in the memory store, for one execution. */
export class MemoryJournal implements Journal {
  readonly runId: string;
  readonly #store: MemoryStore;
  readonly #run: StoredRun;
  readonly #life: Life;
  #place = 0;

  constructor(store: MemoryStore, run: StoredRun, life: Life) {
    this.runId = run.id;
    this.#store = store;
    this.#run = run;
    this.#life = life;
  }

  async step(name: string, body: () => Promise<JournalRecord>): Promise<JournalRecord> {
    return (await this.#entry(name, body))!;
  }

  async receive(topic: string): Promise<JournalRecord | undefined> {
    return this.#entry(`receive ${topic}`, () => {
      const index = this.#run.messages.findIndex((message) => message.topic === topic);
      const [message] = index < 0 ? [] : this.#run.messages.splice(index, 1);
      return Promise.resolve(message === undefined ? undefined : read(message.text));
    });
  }

  async publish(key: string, record: JournalRecord): Promise<void> {
    await this.#entry(`publish ${key}`, () => {
      this.#run.published.set(key, record.text);
      return Promise.resolve(undefined);
    });
  }

  async patched(name: string): Promise<boolean> {
    const recorded = this.#run.entries[this.#place];
    if (recorded !== undefined && recorded.name !== `patch ${name}`) return false;
    await this.#entry(`patch ${name}`, () => Promise.resolve(undefined));
    return true;
  }

  async #entry(
    name: string,
    body: () => Promise<JournalRecord | undefined>,
  ): Promise<JournalRecord | undefined> {
    const place = this.#place++;
    const recorded = this.#run.entries[place];
    if (recorded !== undefined) {
      if (recorded.name === name) return readAny(recorded.text);
      throw new WorkflowError('ERR_REPLAY', `place ${place} holds ${recorded.name}, not ${name}`);
    }
    if (isDead(this.#life)) return never();
    await this.#store.latency?.();
    const text = (await body())?.text;
    await this.#store.latency?.();
    if (isDead(this.#life)) return never();
    this.#store.write(() => this.#run.entries.push({ name, text }));
    // The write may have been this process's last.
    return isDead(this.#life) ? never() : readAny(text);
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
function isDead(life: Life): boolean {
  return life.dead;
}

export function never(): Promise<never> {
  return new Promise(() => {});
}
