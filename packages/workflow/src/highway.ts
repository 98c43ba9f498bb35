import { randomUUID } from 'node:crypto';
import { toMs } from '@highway/resilience';
import type { Duration } from '@highway/resilience';
import { Runs } from './client/runs.ts';
import type {
  ResumeOptions,
  RunCounts,
  RunDescription,
  RunFilter,
  RunSummary,
} from './client/run-types.ts';
import { Worker } from './dbos/worker.ts';
import { attachDefinition, define } from './definition.ts';
import type { Definition, WorkflowFunction, WorkflowOptions } from './definition.ts';
import { runDetached } from './detached.ts';
import { messageOf, WorkflowError } from './errors.ts';
import { readHighwayOptions } from './highway-options.ts';
import type { HighwayOptions, ReadHighwayOptions } from './highway-options.ts';
import { checkKeys, checkRunId } from './option-checks.ts';
import type { Run, StartOptions, Workflow } from './workflow.ts';

/** Options of `highway.stop`. */
export interface StopOptions {
  /** How long calls that are under way may take to finish. Default: 10 s. */
  readonly drain?: Duration | undefined;
}

// DBOS is static: a second engine would take over the first one's runs. The key is a registered
// symbol, so that two copies of this package see each other.
const inUse = Symbol.for('@highway/workflow/engine');
const runningInProcess = globalThis as { [inUse]?: { readonly name: string } | undefined };

/**
 * An engine for durable workflows. It executes them in this process and keeps them in Postgres, where
 * they survive the process. A process runs one `Highway` at a time.
 *
 * @example
 * const highway = new Highway({ name: 'shop' });
 * const greet = highway.workflow('greet', (name: string, ctx) =>
 *   ctx.step('say', () => `Hello ${name}`),
 * );
 * await highway.start();
 * const run = await greet.start('you');
 * console.log(await run.result());
 * await highway.stop();
 */
export class Highway implements AsyncDisposable {
  /** The application's runs: list, describe, count, cancel, resume, signal. */
  readonly runs: Runs;
  readonly #options: ReadHighwayOptions;
  readonly #definitions = new Map<string, Definition>();
  #worker: Worker | undefined = undefined;
  /** Why it stopped by itself: another process has taken over its database or its executor id. */
  #lost: Error | undefined = undefined;
  #changing: Promise<unknown> = Promise.resolve();

  /** Throws a `WorkflowError` that names the first invalid or unknown option. */
  constructor(options: HighwayOptions) {
    this.#options = readHighwayOptions(options);
    this.runs = new Runs(() => this.#running().runsBackend);
  }

  /** The application's name. */
  get name(): string {
    return this.#options.name;
  }

  /** The id of this process among the application's workers; `undefined` while it is stopped. */
  get executorId(): string | undefined {
    return this.#worker?.executorId;
  }

  /** Defines a workflow. Call it before `start`. */
  workflow<Input, Output>(
    name: string,
    fn: WorkflowFunction<Input, Output>,
    options?: WorkflowOptions<Input>,
  ): Workflow<Input, Output>;
  /** @deprecated Pass the options last: `workflow(name, fn, options)`. */
  workflow<Input, Output>(
    name: string,
    options: WorkflowOptions<Input>,
    fn: WorkflowFunction<Input, Output>,
  ): Workflow<Input, Output>;
  workflow<Input, Output>(
    name: string,
    second: WorkflowFunction<Input, Output> | WorkflowOptions<Input>,
    third: WorkflowOptions<Input> | WorkflowFunction<Input, Output> = {},
  ): Workflow<Input, Output> {
    const isOldOrder = typeof second !== 'function' && typeof third === 'function';
    const [fn, options] = isOldOrder ? [third, second] : [second, third];
    const definition = define(name, fn, options);
    if (runningInProcess[inUse] === this) {
      throw invalid(`workflow "${name}": define it before highway.start()`);
    }
    if (this.#definitions.has(name)) throw invalid(`workflow "${name}" is already defined`);
    this.#definitions.set(name, definition);
    const workflow: Workflow<Input, Output> = {
      name,
      start: (input, startOptions = {}) => this.#start<Output>(definition, input, startOptions),
    };
    attachDefinition(workflow, definition);
    return Object.freeze(workflow);
  }

  /**
   * Opens the database, continues the runs that are under way, and executes new ones. Rejects with
   * `ERR_ENGINE_IN_USE` if this process runs another `Highway`, or another process uses the embedded
   * database or the executor id, and with `ERR_NOT_MIGRATED` if tables are missing that it may not
   * create. Does nothing if it has started already.
   */
  start(): Promise<void> {
    return this.#change(async () => {
      if (this.#worker !== undefined) return;
      claimProcess(this);
      this.#lost = undefined;
      const options = this.#options;
      try {
        await options.fleet?.join();
        const definitions = [...this.#definitions.values()];
        const worker = await runDetached(() => Worker.launch({ options, definitions }));
        this.#worker = worker;
        this.#watchLoss(worker);
      } catch (error) {
        runningInProcess[inUse] = undefined;
        await options.fleet?.leave();
        throw error;
      }
    });
  }

  /**
   * Starts nothing new, lets the calls under way finish, and closes the database. Runs stay on record:
   * other workers continue them at once, or this one does so after its next start.
   */
  stop(options: StopOptions = {}): Promise<void> {
    checkKeys('stop', options, ['drain']);
    const drainMs = toMs('drain', options.drain ?? '10s');
    return this.#change(async () => {
      if (this.#worker !== undefined) await this.#stop(this.#worker, drainMs);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @deprecated Use `highway.runs.get`. */
  run<Output = unknown>(id: string): Run<Output> {
    return this.runs.get<Output>(id);
  }

  /** @deprecated Use `highway.runs.signal`. */
  signal(id: string, name: string, value?: unknown): Promise<void> {
    return this.runs.signal(id, name, value);
  }

  /** @deprecated Use `highway.runs.cancel`. */
  cancel(id: string): Promise<void> {
    return this.runs.cancel(id);
  }

  /** @deprecated Use `highway.runs.resume`. */
  resume(id: string, options?: ResumeOptions): Promise<void> {
    return this.runs.resume(id, options);
  }

  /** @deprecated Use `highway.runs.retryFrom`. */
  retryFrom(id: string, step: string, options?: ResumeOptions): Promise<void> {
    return this.runs.retryFrom(id, step, options);
  }

  /** @deprecated Use `highway.runs.list`. */
  list(filter?: RunFilter): Promise<RunSummary[]> {
    return this.runs.list(filter);
  }

  /** @deprecated Use `highway.runs.counts`. */
  counts(): Promise<RunCounts> {
    return this.runs.counts();
  }

  /** @deprecated Use `highway.runs.describe`. */
  describe(id: string): Promise<RunDescription> {
    return this.runs.describe(id);
  }

  async #start<Output>(
    definition: Definition,
    input: unknown,
    options: StartOptions,
  ): Promise<Run<Output>> {
    checkKeys(`${definition.name}.start`, options, ['id']);
    const { id = randomUUID() } = options;
    checkRunId(`${definition.name}.start: id`, id);
    const { engine } = this.#running();
    await engine.enqueue(definition.name, id, input);
    // This run exists, so its result needs no look-up first.
    return { ...this.runs.get<Output>(id), result: () => this.runs.result<Output>(id) };
  }

  async #stop(worker: Worker, drainMs: number): Promise<void> {
    this.#worker = undefined;
    try {
      await worker.stop(drainMs);
    } finally {
      runningInProcess[inUse] = undefined;
      await this.#options.fleet?.leave();
    }
  }

  /** Stops by itself once another process has taken over the database or the executor id. */
  #watchLoss(worker: Worker): void {
    const { lost } = worker;
    const stop = (): void => {
      if (this.#worker !== worker) return;
      this.#lost = lost.reason as Error;
      this.#options.logger.error(messageOf(this.#lost));
      // An error of this stop has the same cause, and has been logged.
      void this.#change(() => this.#stop(worker, 0)).catch(() => undefined);
      this.#worker = undefined;
    };
    lost.addEventListener('abort', stop, { once: true });
    if (lost.aborted) stop();
  }

  #running(): Worker {
    if (this.#worker === undefined) throw this.#lost ?? notStarted();
    return this.#worker;
  }

  /** Runs starts and stops one after the other. */
  #change(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}

function claimProcess(highway: Highway): void {
  const running = runningInProcess[inUse];
  if (running !== undefined) {
    throw new WorkflowError(
      'ERR_ENGINE_IN_USE',
      `A process runs one Highway at a time, and "${running.name}" is running; stop it first, or define ` +
        'these workflows on it',
    );
  }
  runningInProcess[inUse] = highway;
}

function notStarted(): WorkflowError {
  return new WorkflowError('ERR_NOT_STARTED', 'The Highway is not running: call start() first');
}

function invalid(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}
