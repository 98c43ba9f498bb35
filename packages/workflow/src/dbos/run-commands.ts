import { randomUUID } from 'node:crypto';
import { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { DLogger } from '@dbos-inc/dbos-sdk';
import { WorkflowError } from '../errors.ts';
import type { EndedRun } from '../engine/journal/journal.ts';
import { JournalRecord } from '../engine/records/journal-record.ts';
import { readFailure, readValue, writeValue } from '../engine/records/records.ts';
import { storeValue } from '../engine/records/stored-value.ts';
import type { StoredValue } from '../engine/records/stored-value.ts';
import type { Database } from './database.ts';
import { DBOSConflictingWorkflowError } from './internals.ts';
import { legacyFailure } from './legacy-journal.ts';
import { engineVersionOf, versionOfQueue } from './queue-names.ts';
import { retryDbos, shortenDbosBackoff } from './database-retries.ts';
import { failureIn, recordSerializer } from './record-serializer.ts';

/** A run to put into its queue. */
export interface NewRun {
  readonly workflow: string;
  readonly queue: string;
  readonly id: string;
  readonly input: StoredValue;
}

/** The part of a DBOS client's database that makes a run fail. */
interface FailureRecorder {
  recordWorkflowError(id: string, status: { readonly error: string }): Promise<boolean>;
}

/** Controls runs through the database, whichever process executes them. */
export class RunCommands {
  readonly #app: string;
  readonly #client: DBOSClient;

  private constructor(app: string, client: DBOSClient) {
    this.#app = app;
    this.#client = client;
  }

  /** Connects to the runs of an application. */
  static async open(app: string, database: Database, logger: DLogger): Promise<RunCommands> {
    shortenDbosBackoff();
    const client = await DBOSClient.create({
      systemDatabaseUrl: database.url,
      systemDatabasePool: database.pool,
      applicationName: app,
      serializer: recordSerializer,
      logger,
    });
    return new RunCommands(app, client);
  }

  /** Puts a run into its queue; the same id twice is one run. */
  async enqueue({ workflow, queue, id, input }: NewRun): Promise<void> {
    const options = {
      workflowName: workflow,
      // Ids are unique in a database. With the application's name, DBOS notices if another one uses the id.
      workflowClassName: this.#app,
      queueName: queue,
      workflowID: id,
      appVersion: engineVersionOf(this.#app),
      // The queue's name has the version, but DBOS removes cancelled runs from their queues. Of the unused
      // columns, this one has no index, which each change of a run's status would have to update.
      authenticatedUser: versionOfQueue(queue),
    };
    try {
      const record = writeValue('input', input);
      await retryDbos(() =>
        this.#client.enqueue<(input: JournalRecord) => Promise<unknown>>(options, record),
      );
    } catch (error) {
      if (!(error instanceof DBOSConflictingWorkflowError)) throw error;
      throw new WorkflowError(
        'ERR_RUN_EXISTS',
        `${workflow}: the id ${JSON.stringify(id)} belongs to a run of another workflow, or of another ` +
          'application in this database',
        { cause: error },
      );
    }
  }

  /** Returns those of the runs that have ended. */
  async findEnded(ids: readonly string[]): Promise<EndedRun[]> {
    const runs = await retryDbos(() =>
      this.#client.listWorkflows({
        workflowIDs: [...ids],
        status: ['SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'],
        loadOutput: true,
        loadInput: false,
      }),
    );
    return runs.map(({ workflowID: id, status, output, error }) =>
      status === 'SUCCESS'
        ? { id, ok: true, value: outputOf(id, output) }
        : { id, ok: false, error: failureOf(id, status, error) },
    );
  }

  /** Sends a run a signal. */
  signal(id: string, name: string, value: StoredValue): Promise<void> {
    // The key makes a signal arrive once even if sending it is retried.
    const key = randomUUID();
    return retryDbos(() => this.#client.send(id, writeValue('signal', value), name, key));
  }

  /** Cancels runs and their child runs. */
  async cancel(ids: readonly string[]): Promise<void> {
    await retryDbos(async () => {
      const children = await this.#client.listWorkflows({
        workflow_id_prefix: ids.map((id) => `${escapeLike(id)}/`),
        status: ['PENDING', 'ENQUEUED', 'DELAYED'],
        loadInput: false,
        loadOutput: false,
      });
      const all = [...ids, ...children.map(({ workflowID }) => workflowID)];
      await this.#client.cancelWorkflows(all);
    });
  }

  /** Continues runs in the given queue. */
  async resume(ids: readonly string[], queue: string): Promise<void> {
    await retryDbos(() => this.#client.resumeWorkflows([...ids], { queueName: queue }));
  }

  /** Discards a run's journal from a position on, and continues the run from there. */
  async rewind(id: string, position: number, queue: string): Promise<void> {
    await retryDbos(() =>
      this.#client.rewindWorkflow(id, { startStep: position, queueName: queue }),
    );
  }

  /** Makes a run fail that no process executes. */
  async fail(id: string, record: JournalRecord): Promise<void> {
    const { systemDatabase } = this.#client as unknown as {
      readonly systemDatabase: FailureRecorder;
    };
    await retryDbos(() => systemDatabase.recordWorkflowError(id, { error: record.text }));
  }

  /** Deletes runs with their journals. */
  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await retryDbos(() => this.#client.deleteWorkflows([...ids], true));
  }

  /** Closes the client of DBOS. */
  close(): Promise<void> {
    return this.#client.destroy();
  }
}

/** The result of a run. */
function outputOf(id: string, output: unknown): StoredValue {
  if (output instanceof JournalRecord) return readValue(`run "${id}"`, 'output', output);
  // From a journal of version 0.1, in which DBOS stored null for undefined.
  return storeValue(`run "${id}": its result`, output ?? undefined);
}

/** The error of a run that has ended without a result. */
export function failureOf(id: string, status: string, error: unknown): unknown {
  if (status === 'CANCELLED')
    return new WorkflowError('ERR_CANCELLED', `The run "${id}" was cancelled`);
  const record = failureIn(error);
  return record === undefined ? (legacyFailure(error)?.error ?? error) : readFailure(record).error;
}

/** DBOS finds prefixes with LIKE, in which these characters are special. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}
