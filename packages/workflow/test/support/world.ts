import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { attachDefinition, define } from '../../src/definition.ts';
import type { Definition, WorkflowFunction, WorkflowOptions } from '../../src/definition.ts';
import type { Workflow } from '../../src/workflow.ts';
import { writeValue } from '../../src/engine/records/records.ts';
import { storeValue } from '../../src/engine/records/stored-value.ts';
import type { StoredRun } from './memory-store.ts';
import { MemoryStore, read } from './memory-store.ts';
import { MemoryWorker } from './memory-worker.ts';

/** The outcome of a run, without what differs between executions. */
export interface Outcome {
  readonly ok: boolean;
  readonly value?: unknown;
  readonly code?: unknown;
  readonly message?: string;
}

/** The engine with a journal in memory and virtual time, whose processes die when a test says so. */
export class World {
  readonly clock = new ManualClock({ wallStart: Date.UTC(2030, 0, 1) });
  readonly store = new MemoryStore();
  readonly #random;
  readonly #definitions: Definition[] = [];
  readonly #trialCalls: number;
  worker: MemoryWorker;
  /** How many processes have died. */
  deaths = 0;

  constructor({ seed = 1, trialCalls = 2 } = {}) {
    this.#random = seededRandom(seed);
    this.#trialCalls = trialCalls;
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
    const definition = define(name, fn, options);
    this.#definitions.push(definition);
    const workflow = {
      name,
      start: () => Promise.reject(new Error('Start runs through the world')),
    };
    attachDefinition(workflow, definition);
    // A worker creates slots only for the workflows that it knows.
    this.worker = this.#launch();
    return workflow;
  }

  start(workflow: { readonly name: string }, id: string, input?: unknown): void {
    this.worker.start(workflow.name, id, input);
  }

  signal(id: string, topic: string, value: unknown): void {
    const record = writeValue('signal', storeValue('the signal', value));
    this.run(id).messages.push({ topic, text: record.text });
  }

  run(id: string): StoredRun {
    return this.store.runs.get(id)!;
  }

  /** The process dies, and another one replaces it. */
  crash(): void {
    this.deaths += 1;
    this.worker.die();
    this.worker = this.#launch();
    this.worker.resume();
  }

  /** Advances the time until all runs have ended; throws if they don't end in time. */
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
    if (ended.ok) return { ok: true, value: ended.value.decode() };
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
      trialCalls: this.#trialCalls,
    });
  }
}

/** The state in an entry; `undefined` if it has none. */
export function stateOf(text: string | undefined): string | undefined {
  const state = text === undefined ? undefined : read(text).fields['state'];
  return state === undefined ? undefined : String(state);
}
