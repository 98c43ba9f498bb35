import type { Clock, Random } from '@highway/resilience';
import type { Definition } from '../../src/definition.ts';
import { Gates } from '../../src/gate/gates.ts';
import { Interruption } from '../../src/journal/journal.ts';
import type { EndedRun } from '../../src/journal/journal.ts';
import { readFailure, readValue } from '../../src/records/records.ts';
import { outside } from '../../src/outside.ts';
import { Calls } from '../../src/run/calls.ts';
import { executeRun, RunFailure } from '../../src/run/execute-run.ts';
import { Execution } from '../../src/run/execution.ts';
import { Slots } from '../../src/run/slots.ts';
import { MemoryJournal, never, read } from './memory-store.ts';
import type { MemoryStore, StoredRun } from './memory-store.ts';

/** What a process of a test is made with. */
export interface MemoryWorkerParts {
  readonly store: MemoryStore;
  readonly definitions: readonly Definition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly canaries?: number;
}

/** A process that executes the runs of a memory store, until it dies. */
export class MemoryWorker {
  dead = false;
  readonly #parts: MemoryWorkerParts;
  readonly #services: Execution['services'];
  readonly #slots: ReadonlyMap<string, Slots>;
  readonly #executions = new Map<string, Execution>();
  #waiting: (() => void)[] = [];

  constructor(parts: MemoryWorkerParts) {
    this.#parts = parts;
    const { clock, random, canaries = 2, definitions } = parts;
    this.#slots = new Map(
      definitions.map(({ name, concurrency }) => [name, new Slots(concurrency)]),
    );
    this.#services = {
      clock,
      random,
      calls: new Calls(clock),
      gates: new Gates({ clock, canaries }),
      runs: {
        enqueue: (workflow, id, input) => {
          return Promise.resolve().then(() => {
            this.start(workflow, id, input);
          });
        },
        ended: (ids, signal) => this.#ended(ids, signal),
        cancel: (ids) => {
          for (const id of ids) this.cancel(id);
          return Promise.resolve();
        },
      },
    };
  }

  /** Takes up everything that is open, as after a restart. */
  resume(): void {
    for (const run of this.#parts.store.open) void outside(() => this.#execute(run));
  }

  start(workflow: string, id: string, input: unknown): void {
    const isNew = !this.#parts.store.runs.has(id);
    const run = this.#parts.store.enqueue(id, workflow, input);
    // As in the engine: a run begins in nobody's context.
    if (isNew && !this.dead) void outside(() => this.#execute(run));
  }

  cancel(id: string): void {
    const run = this.#parts.store.runs.get(id);
    if (run?.ended !== undefined || run === undefined) return;
    this.#end(run, {
      id,
      ok: false,
      error: Object.assign(new Error('cancelled'), { code: 'ERR_CANCELLED' }),
    });
    this.#executions.get(id)?.interrupt(new Interruption('cancelled'));
  }

  /** As SIGKILL: nothing of it goes on, and nothing is recorded any more. */
  die(): void {
    this.dead = true;
    void this.#services.calls.close(0);
  }

  async #execute(run: StoredRun): Promise<void> {
    const definition = this.#parts.definitions.find(({ name }) => name === run.workflow)!;
    const slots = this.#slots.get(definition.name)!;
    const execution = new Execution(this.#services, slots);
    this.#executions.set(run.id, execution);
    await execution.enter();
    try {
      const journal = new MemoryJournal(this.#parts.store, run, this);
      const output = await executeRun(definition, read(run.input), journal, execution);
      const value = readValue(run.id, 'output', read(output.text));
      this.#end(run, { id: run.id, ok: true, value });
    } catch (error) {
      if (error instanceof Interruption) return;
      if (!(error instanceof RunFailure)) throw error;
      this.#end(run, { id: run.id, ok: false, error: readFailure(read(error.record.text)).error });
    } finally {
      execution.leave();
    }
  }

  #end(run: StoredRun, ended: EndedRun): void {
    if (this.dead || run.ended !== undefined) return;
    this.#parts.store.write(() => {
      run.ended = ended;
    });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #ended(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]> {
    for (;;) {
      if (this.dead) return never();
      const ended = ids.flatMap((id) => this.#parts.store.runs.get(id)?.ended ?? []);
      if (ended.length > 0 || signal.aborted) return ended;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    }
  }
}
