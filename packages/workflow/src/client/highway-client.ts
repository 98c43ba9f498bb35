import { systemClock, wallNow } from '@highway/resilience';
import { checkConnection, hasDatabase, openDatabase } from '../dbos/database.ts';
import type { Database } from '../dbos/database.ts';
import { dbosLogger } from '../dbos/dbos-logger.ts';
import { RunCommands } from '../dbos/run-commands.ts';
import { RunReader } from '../dbos/run-reader.ts';
import { RunWatcher } from '../dbos/run-watcher.ts';
import { WorkflowError } from '../errors.ts';
import { readHighwayOptions } from '../highway-options.ts';
import type { HighwayOptions } from '../highway-options.ts';
import type { Logger } from '../logger.ts';
import { checkKeys } from '../option-checks.ts';
import { RunControl } from './run-control.ts';
import { Runs } from './runs.ts';
import type {
  ResumeOptions,
  RunCounts,
  RunDescription,
  RunFilter,
  RunSummary,
} from './run-types.ts';

/** Which application's runs to look at, and where they are. */
export type HighwayClientOptions = Pick<
  HighwayOptions,
  'name' | 'databaseUrl' | 'dataDir' | 'logger'
>;

const known = ['name', 'databaseUrl', 'dataDir', 'logger'];

/**
 * Looks at an application's runs and controls them through the database, without executing any. It
 * can open an embedded database only while no other process has it open.
 *
 * @example
 * await using client = await HighwayClient.open({ name: 'shop', databaseUrl });
 * for (const run of await client.runs.list({ status: 'parked' })) console.log(run.id, run.circuit);
 */
export class HighwayClient implements AsyncDisposable {
  /** The application's runs: list, describe, count, cancel, resume, signal. */
  readonly runs: Runs;
  readonly #database: Database;
  readonly #commands: RunCommands;
  readonly #watcher: RunWatcher;

  private constructor(name: string, database: Database, commands: RunCommands) {
    this.#database = database;
    this.#commands = commands;
    this.#watcher = new RunWatcher(systemClock, (ids) => commands.findEnded(ids));
    const reader = new RunReader(name, database, () => wallNow(systemClock));
    const backend = {
      reader,
      control: new RunControl(reader, commands),
      waitForAny: (ids: readonly string[]) => this.#watcher.waitForAny(ids),
      cancel: (ids: readonly string[]) => commands.cancel(ids),
      // The workers find the runs the next time that they poll their queues.
      requeued: () => undefined,
    };
    this.runs = new Runs(() => backend);
  }

  /**
   * Opens the database of a `Highway`. Does not create one if it is missing. Close the client when
   * you no longer need it.
   */
  static async open(options: HighwayClientOptions): Promise<HighwayClient> {
    checkKeys('HighwayClient', options, known);
    const read = readHighwayOptions(options);
    if (read.databaseUrl === undefined && !hasDatabase(read.dataDir)) {
      throw new WorkflowError(
        'ERR_NOT_STARTED',
        `There is no embedded database in ${read.dataDir}: no Highway has been started there`,
      );
    }
    return HighwayClient.over(await openDatabase(read), read);
  }

  /** @internal Takes over an open database, and closes it in the end. */
  static async over(
    database: Database,
    { name, logger }: { readonly name: string; readonly logger: Logger },
  ): Promise<HighwayClient> {
    try {
      await checkConnection(database);
      const commands = await RunCommands.open(name, database, dbosLogger(logger));
      return new HighwayClient(name, database, commands);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** @deprecated Use `client.runs.list`. */
  list(filter?: RunFilter): Promise<RunSummary[]> {
    return this.runs.list(filter);
  }

  /** @deprecated Use `client.runs.counts`. */
  counts(): Promise<RunCounts> {
    return this.runs.counts();
  }

  /** @deprecated Use `client.runs.describe`. */
  describe(id: string): Promise<RunDescription> {
    return this.runs.describe(id);
  }

  /** @deprecated Use `client.runs.signal`. */
  signal(id: string, name: string, value?: unknown): Promise<void> {
    return this.runs.signal(id, name, value);
  }

  /** @deprecated Use `client.runs.cancel`. */
  cancel(id: string): Promise<void> {
    return this.runs.cancel(id);
  }

  /** @deprecated Use `client.runs.resume`. */
  resume(id: string, options?: ResumeOptions): Promise<void> {
    return this.runs.resume(id, options);
  }

  /** @deprecated Use `client.runs.retryFrom`. */
  retryFrom(id: string, step: string, options?: ResumeOptions): Promise<void> {
    return this.runs.retryFrom(id, step, options);
  }

  /** Closes the connections to the database. */
  async close(): Promise<void> {
    this.#watcher.close();
    await this.#commands.close();
    await this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
