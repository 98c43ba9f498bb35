import type { Run } from '../workflow.ts';
import type {
  ResumeOptions,
  RunCounts,
  RunDescription,
  RunFilter,
  RunSummary,
} from './run-types.ts';
import type { RunsBackend } from './runs-backend.ts';

/**
 * Looks at an application's runs and controls them: `highway.runs`, and the same on a `HighwayClient`.
 * Methods that take an id reject with `ERR_UNKNOWN_RUN` if the application has no such run.
 *
 * @example
 * for (const run of await highway.runs.list({ status: 'parked' })) console.log(run.id, run.circuit);
 */
export class Runs {
  readonly #backend: () => RunsBackend;

  /** @internal `backend` throws while there is none. */
  constructor(backend: () => RunsBackend) {
    this.#backend = backend;
  }

  /** Lists the runs that match the filter, newest first. */
  async list(filter: RunFilter = {}): Promise<RunSummary[]> {
    return this.#backend().reader.list(filter);
  }

  /** Returns a handle for a run. Its methods reject with `ERR_UNKNOWN_RUN` if there is no such run. */
  get<Output = unknown>(id: string): Run<Output> {
    return {
      id,
      result: async () => {
        // Waiting for a run that nobody has started would never end.
        await this.#backend().reader.get(id);
        return this.result<Output>(id);
      },
      status: async () => (await this.#backend().reader.get(id)).status,
    };
  }

  /** Describes a run: its steps with their attempts, waits and errors, its child runs, its result. */
  async describe(id: string): Promise<RunDescription> {
    return this.#backend().reader.describe(id);
  }

  /**
   * Counts the runs by status, and the parked ones by circuit. Reads every run of the application
   * once.
   */
  async counts(): Promise<RunCounts> {
    return this.#backend().reader.counts();
  }

  /**
   * Cancels a run and its child runs. Nothing is compensated; `resume` continues the run. Does nothing
   * to a run that has ended.
   */
  async cancel(id: string): Promise<void> {
    const { reader, cancel } = this.#backend();
    await reader.get(id);
    await cancel([id]);
  }

  /**
   * Continues a run that was cancelled or is stuck, and its child runs that were cancelled. Rejects
   * with `ERR_RUN_ENDED` if the run has ended otherwise.
   */
  async resume(id: string, options?: ResumeOptions): Promise<void> {
    const { control, requeued } = this.#backend();
    await control.resume(id, options);
    requeued();
  }

  /**
   * Discards what a run did from a step on, and continues the run from that step. If the run is under
   * way, cancels it first. Rejects with `ERR_UNKNOWN_STEP` if the run has no such step, and with
   * `ERR_COMPENSATED` while the run compensates its steps, or if the compensation of an earlier step
   * has begun.
   */
  async retryFrom(id: string, step: string, options?: ResumeOptions): Promise<void> {
    const { control, requeued } = this.#backend();
    await control.retryFrom(id, step, options);
    requeued();
  }

  /**
   * Sends a run a signal for its `ctx.waitFor`. A signal that arrives early is kept. Rejects with
   * `ERR_RUN_ENDED` if the run has ended, and with `ERR_NOT_SERIALIZABLE` if the value is not plain
   * data.
   */
  async signal(id: string, name: string, value?: unknown): Promise<void> {
    await this.#backend().control.signal(id, name, value);
  }

  /** @internal The result of a run that is known to exist. */
  async result<Output>(id: string): Promise<Output> {
    const [ended] = await this.#backend().waitForAny([id]);
    if (ended?.ok !== true) throw ended?.error;
    return ended.value.decode() as Output;
  }
}
