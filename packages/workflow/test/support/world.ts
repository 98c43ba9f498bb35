import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { define } from '../../src/definition.ts';
import type { Definition, WorkflowFunction, WorkflowOptions } from '../../src/definition.ts';
import { attachDefinition } from '../../src/workflow.ts';
import type { Workflow } from '../../src/workflow.ts';
import { writeValue } from '../../src/records/records.ts';
import { store } from '../../src/records/stored.ts';
import type { StoredRun } from './memory-store.ts';
import { MemoryStore, read } from './memory-store.ts';
import { MemoryWorker } from './memory-worker.ts';

/** What became of a run, without what differs from one execution to the next. */
export interface Outcome {
  readonly ok: boolean;
  readonly value?: unknown;
  readonly code?: unknown;
  readonly message?: string;
}

/** The engine on a journal in memory, in virtual time, with processes that die when a test says so. */
export class World {
  readonly clock = new ManualClock({ wallStart: Date.UTC(2030, 0, 1) });
  readonly store = new MemoryStore();
  readonly #random;
  readonly #definitions: Definition[] = [];
  readonly #canaries: number;
  worker: MemoryWorker;
  /** How many processes have died. */
  deaths = 0;

  constructor({ seed = 1, canaries = 2 } = {}) {
    this.#random = seededRandom(seed);
    this.#canaries = canaries;
    this.worker = this.#launch();
  }

  get random(): () => number {
    return this.#random;
  }

  workflow<Input, Output>(
    name: string,
    fn: WorkflowFunction<Input, Output>,
    options: WorkflowOptions<Input> = {},
  ): Workflow<Input, Output> {
    const definition = define(name, options as WorkflowOptions<never>, fn);
    this.#definitions.push(definition);
    const workflow = {
      name,
      start: () => Promise.reject(new Error('Start runs through the world')),
    };
    attachDefinition(workflow, definition);
    // The slots of the worker are made for the workflows that it knows.
    this.worker = this.#launch();
    return workflow;
  }

  start(workflow: { readonly name: string }, id: string, input?: unknown): void {
    this.worker.start(workflow.name, id, input);
  }

  signal(id: string, topic: string, value: unknown): void {
    const record = writeValue('signal', store('the signal', value));
    this.run(id).messages.push({ topic, text: record.text });
  }

  run(id: string): StoredRun {
    return this.store.runs.get(id)!;
  }

  /** The process dies, and another takes its place. */
  crash(): void {
    this.deaths += 1;
    this.worker.die();
    this.worker = this.#launch();
    this.worker.resume();
  }

  /** Lets time pass until all runs have ended; throws where they don't within so many ms. */
  async finish(withinMs = 600_000, stepMs = 5): Promise<void> {
    const end = this.clock.now() + withinMs;
    while (this.store.open.length > 0) {
      if (this.clock.now() > end) {
        const open = this.store.open.map(
          ({ id, entries }) => `${id}: ${JSON.stringify(entries.at(-1))}`,
        );
        throw new Error(`Runs that don't end: ${open.join('; ')}`);
      }
      await this.clock.advance(stepMs);
      if (this.worker.dead) this.crash();
    }
  }

  outcome(id: string): Outcome {
    const { ended } = this.run(id);
    if (ended === undefined) throw new Error(`The run ${id} has not ended`);
    if (ended.ok) return { ok: true, value: ended.value.open() };
    const { code, message } = ended.error as { code?: unknown; message?: string };
    return { ok: false, code, ...(message !== undefined && { message }) };
  }

  /** The names of a run's entries, in order, with the states of its attempts. */
  journal(id: string): string[] {
    return this.run(id).entries.map(({ name, text }) => {
      const state = stateOf(text);
      return state === undefined ? name : `${name}: ${state}`;
    });
  }

  #launch(): MemoryWorker {
    return new MemoryWorker({
      store: this.store,
      definitions: this.#definitions,
      clock: this.clock,
      random: () => this.#random(),
      canaries: this.#canaries,
    });
  }
}

/** The state in an entry; `undefined` where it has none. */
export function stateOf(text: string | undefined): string | undefined {
  const state = text === undefined ? undefined : read(text).fields['state'];
  return state === undefined ? undefined : String(state);
}
