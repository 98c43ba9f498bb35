import { randomUUID } from 'node:crypto';
import { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { DLogger } from '@dbos-inc/dbos-sdk';
import { DBOSConflictingWorkflowError } from '@dbos-inc/dbos-sdk/internal/error';
import { WorkflowError } from '../errors.ts';
import type { EndedRun } from '../journal/journal.ts';
import { JournalRecord } from '../records/journal-record.ts';
import { readFailure, readValue, writeValue } from '../records/records.ts';
import { store } from '../records/stored.ts';
import type { Stored } from '../records/stored.ts';
import type { Database } from './database.ts';
import { oldFailure } from './old-journal.ts';
import { engineVersionOf, versionOfQueue } from './names.ts';
import { askDbos, makeDbosPatient } from './patience.ts';
import { failureIn, recordSerializer } from './serializer.ts';

/** What a run is put into its queue with. */
export interface Enqueued {
  readonly workflow: string;
  readonly queue: string;
  readonly id: string;
  readonly input: Stored;
}

/** What a client of DBOS has of its database, and does not offer. */
interface EndOfRuns {
  recordWorkflowError(id: string, status: { readonly error: string }): Promise<unknown>;
}

/** Steers runs through the database, whoever executes them. */
export class Steering {
  readonly #app: string;
  readonly #client: DBOSClient;

  private constructor(app: string, client: DBOSClient) {
    this.#app = app;
    this.#client = client;
  }

  /** Makes one for the runs of an application. */
  static async open(app: string, database: Database, logger: DLogger): Promise<Steering> {
    makeDbosPatient();
    const client = await DBOSClient.create({
      systemDatabaseUrl: database.url,
      systemDatabasePool: database.pool,
      applicationName: app,
      serializer: recordSerializer,
      logger,
    });
    return new Steering(app, client);
  }

  /** Puts a run into its queue; the same id twice is one run. */
  async enqueue({ workflow, queue, id, input }: Enqueued): Promise<void> {
    const options = {
      workflowName: workflow,
      // Ids are unique in a database. With the application, DBOS notices where another has taken one.
      workflowClassName: this.#app,
      queueName: queue,
      workflowID: id,
      appVersion: engineVersionOf(this.#app),
      // The queue says which version it is, but DBOS takes cancelled runs out of theirs. Of what a row
      // has to spare, this has no index, which each change of a run's status would have to update.
      authenticatedUser: versionOfQueue(queue),
    };
    try {
      const record = writeValue('input', input);
      await askDbos(() =>
        this.#client.enqueue<(input: JournalRecord) => Promise<unknown>>(options, record),
      );
    } catch (error) {
      if (!(error instanceof DBOSConflictingWorkflowError)) throw error;
      throw new WorkflowError(
        'ERR_RUN_EXISTS',
        `${workflow}: the id ${JSON.stringify(id)} belongs to a run of another workflow, or of another ` +
          'application on this database',
        { cause: error },
      );
    }
  }

  /** Those of the runs that have ended. */
  async ended(ids: readonly string[]): Promise<EndedRun[]> {
    const runs = await askDbos(() =>
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
  signal(id: string, name: string, value: Stored): Promise<void> {
    // With a key, so that one whose sending is tried again arrives once.
    const key = randomUUID();
    return askDbos(() => this.#client.send(id, writeValue('signal', value), name, key));
  }

  /** Stops runs, and their branches. */
  async cancel(ids: readonly string[]): Promise<void> {
    await askDbos(async () => {
      const branches = await this.#client.listWorkflows({
        workflow_id_prefix: ids.map((id) => `${escapeLike(id)}/`),
        status: ['PENDING', 'ENQUEUED', 'DELAYED'],
        loadInput: false,
        loadOutput: false,
      });
      const all = [...ids, ...branches.map(({ workflowID }) => workflowID)];
      await this.#client.cancelWorkflows(all);
    });
  }

  /** Has runs go on, in the queue given. */
  async resume(ids: readonly string[], queue: string): Promise<void> {
    await askDbos(() => this.#client.resumeWorkflows([...ids], { queueName: queue }));
  }

  /** Forgets what a run did from a place of its journal on, and has it go on from there. */
  async rewind(id: string, place: number, queue: string): Promise<void> {
    await askDbos(() => this.#client.rewindWorkflow(id, { startStep: place, queueName: queue }));
  }

  /** Ends a run that nobody executes; its record says why. */
  async fail(id: string, record: JournalRecord): Promise<void> {
    const { systemDatabase } = this.#client as unknown as { readonly systemDatabase: EndOfRuns };
    await askDbos(() => systemDatabase.recordWorkflowError(id, { error: record.text }));
  }

  /** Forgets runs altogether. */
  async forget(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await askDbos(() => this.#client.deleteWorkflows([...ids], true));
  }

  /** Lets go of the database. */
  close(): Promise<void> {
    return this.#client.destroy();
  }
}

/** What a run gave. */
function outputOf(id: string, output: unknown): Stored {
  if (output instanceof JournalRecord) return readValue(`run "${id}"`, 'output', output);
  // Of a journal of 0.1, where DBOS gave null for nothing.
  return store(`run "${id}": its result`, output ?? undefined);
}

/** The error of a run, from what the database has of it. */
export function failureOf(id: string, status: string, error: unknown): unknown {
  if (status === 'CANCELLED')
    return new WorkflowError('ERR_CANCELLED', `The run ${id} was cancelled`);
  const record = failureIn(error);
  return record === undefined ? (oldFailure(error)?.error ?? error) : readFailure(record).error;
}

/** DBOS looks for prefixes with LIKE, where these characters stand for others. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`);
}
