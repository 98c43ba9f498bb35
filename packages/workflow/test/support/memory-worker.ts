import type { Clock, Random } from '@highway/resilience';
import type { Definition } from '../../src/definition.ts';
import { AdmissionControllers } from '../../src/admission/admission-controllers.ts';
import { Interruption } from '../../src/engine/journal/journal.ts';
import type { EndedRun } from '../../src/engine/journal/journal.ts';
import { readFailure, readValue } from '../../src/engine/records/records.ts';
import { runDetached } from '../../src/detached.ts';
import { CallTracker } from '../../src/engine/run/call-tracker.ts';
import { executeRun, RunFailure } from '../../src/engine/run/execute-run.ts';
import { Execution } from '../../src/engine/run/execution.ts';
import { Slots } from '../../src/engine/run/slots.ts';
import { MemoryJournal, neverSettles, read } from './memory-store.ts';
import type { MemoryStore, StoredRun } from './memory-store.ts';

/** What a process of a test needs. */
export interface MemoryWorkerOptions {
  readonly store: MemoryStore;
  readonly definitions: readonly Definition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly trialCalls?: number;
}

// How long it takes until a run is executed again after an execution without an outcome.
const orphanMs = 400;

/** A process that executes the runs of a memory store until it dies. */
export class MemoryWorker {
  dead = false;
  readonly clock: Clock;
  readonly #options: MemoryWorkerOptions;
  readonly #services: Execution['services'];
  readonly #slots: ReadonlyMap<string, Slots>;
  readonly #executions = new Map<string, Execution>();
  #waiting: (() => void)[] = [];

  constructor(options: MemoryWorkerOptions) {
    this.#options = options;
    const { clock, random, trialCalls = 2, definitions } = options;
    this.clock = clock;
    this.#slots = new Map(
      definitions.map(({ name, concurrency }) => [name, new Slots(concurrency)]),
    );
    this.#services = {
      clock,
      random,
      calls: new CallTracker(clock),
      admission: new AdmissionControllers({ clock, trialCalls }),
      childRuns: {
        enqueue: (workflow, id, input) => {
          return Promise.resolve().then(() =>
            this.#persist(() => {
              this.start(workflow, id, input);
            }),
          );
        },
        waitForAny: (ids, signal) => this.#waitForAny(ids, signal),
        cancel: async (ids) => {
          await Promise.all(ids.map((id) => this.cancel(id)));
        },
      },
    };
  }

  /** Continues all open runs, as after a restart. */
  resume(): void {
    for (const run of this.#options.store.open) void runDetached(() => this.#execute(run));
  }

  /** Starts a run; throws if that can't be written, although it may have been written. */
  start(workflow: string, id: string, input: unknown): void {
    const { store } = this.#options;
    if (store.runs.has(id)) return;
    try {
      store.enqueue(id, workflow, input);
    } finally {
      const run = store.runs.get(id);
      // As in the engine, a run starts in no caller's async context.
      if (run !== undefined && !this.dead) void runDetached(() => this.#execute(run));
    }
  }

  async cancel(id: string): Promise<void> {
    const run = this.#options.store.runs.get(id);
    if (run?.ended !== undefined || run === undefined) return;
    const error = Object.assign(new Error('cancelled'), { code: 'ERR_CANCELLED' });
    await this.#end(run, { id, ok: false, error });
    this.#executions.get(id)?.interrupt(new Interruption('cancelled'));
  }

  /** Like SIGKILL: nothing continues, and nothing is recorded any more. */
  die(): void {
    this.dead = true;
    void this.#services.calls.close(0);
  }

  async #execute(run: StoredRun): Promise<void> {
    const definition = this.#options.definitions.find(({ name }) => name === run.workflow)!;
    const slots = this.#slots.get(definition.name)!;
    const execution = new Execution(this.#services, slots);
    this.#executions.set(run.id, execution);
    await execution.start();
    try {
      await this.#end(run, await this.#outcome(definition, run, execution));
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      this.#executeAgain(run);
    } finally {
      execution.finish();
    }
  }

  async #outcome(definition: Definition, run: StoredRun, execution: Execution): Promise<EndedRun> {
    const { id } = run;
    try {
      const journal = new MemoryJournal(this.#options.store, run, this);
      const output = await executeRun(definition, read(run.input), journal, execution);
      return { id, ok: true, value: readValue(id, 'output', read(output.text)) };
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      return { id, ok: false, error: readFailure(read(error.record.text)).error };
    }
  }

  /** Executes the run again, as the heartbeat does with orphaned runs. */
  #executeAgain(run: StoredRun): void {
    this.clock.setTimeout(() => {
      if (!this.dead && run.ended === undefined) void runDetached(() => this.#execute(run));
    }, orphanMs);
  }

  async #end(run: StoredRun, ended: EndedRun): Promise<void> {
    if (this.dead || run.ended !== undefined) return;
    await this.#persist(() => {
      this.#options.store.write(() => {
        run.ended ??= ended;
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  #persist(write: () => void): Promise<void> {
    return this.#options.store.persist(write, this);
  }

  async #waitForAny(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]> {
    for (;;) {
      if (this.dead) return neverSettles();
      const ended = ids.flatMap((id) => this.#options.store.runs.get(id)?.ended ?? []);
      if (ended.length > 0 || signal.aborted) return ended;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    }
  }
}
