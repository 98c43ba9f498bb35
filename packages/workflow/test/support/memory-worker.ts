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

// How long it takes until a run is taken up again whose execution ended without an outcome.
const strayMs = 400;

/** A process that executes the runs of a memory store, until it dies. */
export class MemoryWorker {
  dead = false;
  readonly clock: Clock;
  readonly #parts: MemoryWorkerParts;
  readonly #services: Execution['services'];
  readonly #slots: ReadonlyMap<string, Slots>;
  readonly #executions = new Map<string, Execution>();
  #waiting: (() => void)[] = [];

  constructor(parts: MemoryWorkerParts) {
    this.#parts = parts;
    const { clock, random, canaries = 2, definitions } = parts;
    this.clock = clock;
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
          return Promise.resolve().then(() =>
            this.#persist(() => {
              this.start(workflow, id, input);
            }),
          );
        },
        ended: (ids, signal) => this.#ended(ids, signal),
        cancel: async (ids) => {
          await Promise.all(ids.map((id) => this.cancel(id)));
        },
      },
    };
  }

  /** Takes up everything that is open, as after a restart. */
  resume(): void {
    for (const run of this.#parts.store.open) void outside(() => this.#execute(run));
  }

  /** Starts a run; throws where that can't be written, and may have been all the same. */
  start(workflow: string, id: string, input: unknown): void {
    const { store } = this.#parts;
    if (store.runs.has(id)) return;
    try {
      store.enqueue(id, workflow, input);
    } finally {
      const run = store.runs.get(id);
      // As in the engine: a run begins in nobody's context.
      if (run !== undefined && !this.dead) void outside(() => this.#execute(run));
    }
  }

  async cancel(id: string): Promise<void> {
    const run = this.#parts.store.runs.get(id);
    if (run?.ended !== undefined || run === undefined) return;
    const error = Object.assign(new Error('cancelled'), { code: 'ERR_CANCELLED' });
    await this.#end(run, { id, ok: false, error });
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
      await this.#end(run, await this.#outcome(definition, run, execution));
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      this.#takeUpAgain(run);
    } finally {
      execution.leave();
    }
  }

  async #outcome(definition: Definition, run: StoredRun, execution: Execution): Promise<EndedRun> {
    const { id } = run;
    try {
      const journal = new MemoryJournal(this.#parts.store, run, this);
      const output = await executeRun(definition, read(run.input), journal, execution);
      return { id, ok: true, value: readValue(id, 'output', read(output.text)) };
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      return { id, ok: false, error: readFailure(read(error.record.text)).error };
    }
  }

  /** As the heart does, with a run that nobody executes. */
  #takeUpAgain(run: StoredRun): void {
    this.clock.setTimeout(() => {
      if (!this.dead && run.ended === undefined) void outside(() => this.#execute(run));
    }, strayMs);
  }

  async #end(run: StoredRun, ended: EndedRun): Promise<void> {
    if (this.dead || run.ended !== undefined) return;
    await this.#persist(() => {
      this.#parts.store.write(() => {
        run.ended ??= ended;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  #persist(write: () => void): Promise<void> {
    return this.#parts.store.persist(write, this);
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
