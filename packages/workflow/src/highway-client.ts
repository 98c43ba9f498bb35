import { systemClock, wallNow } from '@highway/resilience';
import { Control } from './dbos/control.ts';
import type { ResumeOptions } from './dbos/control.ts';
import { hasDatabase, knock, openDatabase } from './dbos/database.ts';
import type { Database } from './dbos/database.ts';
import { dbosLogger } from './dbos/dbos-logger.ts';
import { RunReader } from './dbos/run-reader.ts';
import { Steering } from './dbos/steering.ts';
import { WorkflowError } from './errors.ts';
import { readHighwayOptions } from './highway-options.ts';
import type { HighwayOptions } from './highway-options.ts';
import type { Logger } from './logger.ts';
import { checkKeys } from './option-checks.ts';
import type { RunCounts, RunDescription, RunFilter, RunSummary } from './runs.ts';

/** Which application's runs to look at, and where they are. */
export type HighwayClientOptions = Pick<
  HighwayOptions,
  'name' | 'databaseUrl' | 'dataDir' | 'logger'
>;

const known = ['name', 'databaseUrl', 'dataDir', 'logger'];

/**
 * Looks at an application's runs and steers them, through the database, without running any. An
 * embedded database can be looked at while no process runs on it.
 *
 * @example
 * await using client = await HighwayClient.open({ name: 'shop', databaseUrl });
 * for (const run of await client.list({ status: 'parked' })) console.log(run.id, run.circuit);
 */
export class HighwayClient implements AsyncDisposable {
  readonly #database: Database;
  readonly #steering: Steering;
  readonly #reader: RunReader;
  readonly #control: Control;

  private constructor(name: string, database: Database, steering: Steering) {
    this.#database = database;
    this.#steering = steering;
    this.#reader = new RunReader(name, database, () => wallNow(systemClock));
    this.#control = new Control(this.#reader, steering);
  }

  /**
   * Opens the database, which a `Highway` has made: looking for one makes none. Close the client when
   * it isn't needed any more.
   */
  static async open(options: HighwayClientOptions): Promise<HighwayClient> {
    checkKeys('HighwayClient', options, known);
    const read = readHighwayOptions(options);
    if (read.databaseUrl === undefined && !hasDatabase(read.dataDir)) {
      throw new WorkflowError(
        'ERR_NOT_STARTED',
        `There is no embedded database in ${read.dataDir}: no Highway has been started on it`,
      );
    }
    return HighwayClient.over(await openDatabase(read), read);
  }

  /** @internal Takes over a database that is open, and closes it in the end. */
  static async over(
    database: Database,
    { name, logger }: { readonly name: string; readonly logger: Logger },
  ): Promise<HighwayClient> {
    try {
      await knock(database);
      const steering = await Steering.open(name, database, dbosLogger(logger));
      return new HighwayClient(name, database, steering);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** The runs that fit the filter, the newest first. */
  list(filter: RunFilter = {}): Promise<RunSummary[]> {
    return this.#reader.list(filter);
  }

  /** How many runs stand where. */
  counts(): Promise<RunCounts> {
    return this.#reader.counts();
  }

  /** A run, with its steps, attempts, waits and errors. */
  describe(id: string): Promise<RunDescription> {
    return this.#reader.describe(id);
  }

  /** Sends a run a signal, for its `ctx.waitFor`. */
  signal(id: string, name: string, value?: unknown): Promise<void> {
    return this.#control.signal(id, name, value);
  }

  /** Stops a run and its branches where they stand. Nothing is undone; `resume` has it go on. */
  cancel(id: string): Promise<void> {
    return this.#control.cancel(id);
  }

  /** Has a run go on that was cancelled or is stuck. */
  resume(id: string, options?: ResumeOptions): Promise<void> {
    return this.#control.resume(id, options);
  }

  /** Forgets what a run did from a step on, and has it go on from there. */
  retryFrom(id: string, step: string, options?: ResumeOptions): Promise<void> {
    return this.#control.retryFrom(id, step, options);
  }

  /** Lets go of the database. */
  async close(): Promise<void> {
    await this.#steering.close();
    await this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
