import { randomUUID } from 'node:crypto';
import { toMs } from '@highway/resilience';
import type { Duration } from '@highway/resilience';
import type { ResumeOptions } from './dbos/control.ts';
import { Worker } from './dbos/worker.ts';
import { define } from './definition.ts';
import type { Definition, WorkflowFunction, WorkflowOptions } from './definition.ts';
import { messageOf, WorkflowError } from './errors.ts';
import { readHighwayOptions } from './highway-options.ts';
import type { HighwayOptions, ReadHighwayOptions } from './highway-options.ts';
import { checkKeys, checkRunId } from './option-checks.ts';
import { outside } from './outside.ts';
import type { RunCounts, RunDescription, RunFilter, RunSummary } from './runs.ts';
import { attachDefinition } from './workflow.ts';
import type { Run, StartOptions, Workflow } from './workflow.ts';

/** Options of `highway.stop`. */
export interface StopOptions {
  /** How long the calls under way may take to end. Default: 10 s. */
  readonly drain?: Duration | undefined;
}

// DBOS is static: a second engine would take over the first one's runs. Known by a symbol, so that
// two copies of this package see each other.
const inUse = Symbol.for('@highway/workflow/engine');
const holder = globalThis as { [inUse]?: { readonly name: string } | undefined };

/**
 * An engine for durable workflows: executes them in this process, and keeps them in Postgres, where
 * they survive the process. There is one at a time in a process.
 *
 * @example
 * const highway = new Highway({ name: 'shop' });
 * const greet = highway.workflow('greet', {}, (name: string, ctx) =>
 *   ctx.step('say', () => `Hello ${name}`),
 * );
 * await highway.start();
 * const run = await greet.start('you');
 * console.log(await run.result());
 * await highway.stop();
 */
export class Highway implements AsyncDisposable {
  readonly #options: ReadHighwayOptions;
  readonly #definitions = new Map<string, Definition>();
  #worker: Worker | undefined = undefined;
  /** Why it was stopped, where its database was lost to another process. */
  #lost: Error | undefined = undefined;
  #changing: Promise<unknown> = Promise.resolve();

  /** Throws a `WorkflowError` that names the option for any that is bad or unknown. */
  constructor(options: HighwayOptions) {
    this.#options = readHighwayOptions(options);
  }

  /** The application's name. */
  get name(): string {
    return this.#options.name;
  }

  /** Who this process is, among those that work on the same runs; `undefined` while it is stopped. */
  get executorId(): string | undefined {
    return this.#worker?.executorId;
  }

  /** Defines a workflow; before the start. */
  workflow<Input, Output>(
    name: string,
    options: WorkflowOptions<Input>,
    fn: WorkflowFunction<Input, Output>,
  ): Workflow<Input, Output> {
    const definition = define(name, options as WorkflowOptions<never>, fn);
    if (holder[inUse] === this) {
      throw definitionError(`workflow "${name}": define it before highway.start()`);
    }
    if (this.#definitions.has(name)) throw definitionError(`workflow "${name}": is there already`);
    this.#definitions.set(name, definition);
    const workflow: Workflow<Input, Output> = {
      name,
      start: (input, startOptions = {}) => this.#start<Output>(definition, input, startOptions),
    };
    attachDefinition(workflow, definition);
    return Object.freeze(workflow);
  }

  /** Opens the database, takes up the runs that are under way, and takes on new ones. */
  start(): Promise<void> {
    return this.#change(async () => {
      if (this.#worker !== undefined) return;
      claimProcess(this);
      this.#lost = undefined;
      const options = this.#options;
      try {
        await options.fleet?.join();
        const definitions = [...this.#definitions.values()];
        const worker = await outside(() => Worker.launch({ options, definitions }));
        this.#worker = worker;
        this.#watchLoss(worker);
      } catch (error) {
        holder[inUse] = undefined;
        await options.fleet?.leave();
        throw error;
      }
    });
  }

  /**
   * Takes on nothing more, lets the calls under way end, and closes the database. Runs stay on record:
   * other workers take them up at once, or this one at its next start.
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

  /** A run, by its id. */
  run<Output = unknown>(id: string): Run<Output> {
    return {
      id,
      result: async () => {
        // One that nobody has started would be waited for without end.
        await this.#live().reader.get(id);
        return this.#result<Output>(id);
      },
      status: async () => (await this.#live().reader.get(id)).status,
    };
  }

  /** Sends a run a signal, for its `ctx.waitFor`; one that comes early is kept. */
  async signal(id: string, name: string, value?: unknown): Promise<void> {
    await this.#live().control.signal(id, name, value);
  }

  /** Stops a run and its branches where they stand. Nothing is undone; `resume` has it go on. */
  async cancel(id: string): Promise<void> {
    const { reader, engine } = this.#live();
    await reader.get(id);
    await engine.cancel([id]);
  }

  /** Has a run go on that was cancelled or is stuck. */
  async resume(id: string, options?: ResumeOptions): Promise<void> {
    const { control, engine } = this.#live();
    await control.resume(id, options);
    engine.claimAll();
  }

  /** Forgets what a run did from a step on, and has it go on from there. */
  async retryFrom(id: string, step: string, options?: ResumeOptions): Promise<void> {
    const { control, engine } = this.#live();
    await control.retryFrom(id, step, options);
    engine.claimAll();
  }

  /** The runs that fit the filter, the newest first. */
  async list(filter: RunFilter = {}): Promise<RunSummary[]> {
    return this.#live().reader.list(filter);
  }

  /** How many runs stand where. */
  async counts(): Promise<RunCounts> {
    return this.#live().reader.counts();
  }

  /** A run, with its steps, attempts, waits and errors. */
  async describe(id: string): Promise<RunDescription> {
    return this.#live().reader.describe(id);
  }

  async #start<Output>(
    definition: Definition,
    input: unknown,
    options: StartOptions,
  ): Promise<Run<Output>> {
    checkKeys(`${definition.name}.start`, options, ['id']);
    const { id = randomUUID() } = options;
    checkRunId(`${definition.name}.start: id`, id);
    const { engine } = this.#live();
    await engine.enqueue(definition.name, id, input);
    return { ...this.run<Output>(id), result: () => this.#result<Output>(id) };
  }

  async #result<Output>(id: string): Promise<Output> {
    const [ended] = await this.#live().engine.watch.ended([id]);
    if (ended?.ok !== true) throw ended?.error;
    return ended.value.open() as Output;
  }

  async #stop(worker: Worker, drainMs: number): Promise<void> {
    this.#worker = undefined;
    try {
      await worker.stop(drainMs);
    } finally {
      holder[inUse] = undefined;
      await this.#options.fleet?.leave();
    }
  }

  /** Stops by itself when another process has taken the database over. */
  #watchLoss(worker: Worker): void {
    const { lost } = worker;
    const stop = (): void => {
      if (this.#worker !== worker) return;
      this.#lost = lost?.reason as Error;
      this.#options.logger.error(messageOf(this.#lost));
      // What fails now has its reason in that.
      void this.#change(() => this.#stop(worker, 0)).catch(() => undefined);
      this.#worker = undefined;
    };
    lost?.addEventListener('abort', stop, { once: true });
    if (lost?.aborted === true) stop();
  }

  #live(): Worker {
    if (this.#worker === undefined) throw this.#lost ?? notStarted();
    return this.#worker;
  }

  /** One start or stop after the other. */
  #change(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}

function claimProcess(highway: Highway): void {
  const running = holder[inUse];
  if (running !== undefined) {
    throw new WorkflowError(
      'ERR_ENGINE_IN_USE',
      `A process runs one Highway at a time, and "${running.name}" is running; stop it first, or give it ` +
        'these workflows too',
    );
  }
  holder[inUse] = highway;
}

function notStarted(): WorkflowError {
  return new WorkflowError('ERR_NOT_STARTED', 'The Highway is not running: call start() first');
}

function definitionError(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}
