import type { Database } from './database.ts';

/** Who executes an application's runs. */
export interface ExecutorKey {
  readonly app: string;
  readonly executorId: string;
}

/** A run that an executor has on record. */
export interface OwnedRun {
  readonly id: string;
  /** Which claim of it that is; each execution has another. */
  readonly owner: string;
}

// A cancellation has the time at which it began, and is seen once it has ended: that may be after a
// question that came later than it.
const slowestCancelMs = 10_000;

/**
 * The executors of a database, each with its heartbeat. Only the database's clock counts, so that
 * those of the machines may differ.
 */
export class ExecutorTable {
  readonly #database: Database;
  readonly #key: ExecutorKey;

  constructor(database: Database, key: ExecutorKey) {
    this.#database = database;
    this.#key = key;
  }

  /** The heart beats. */
  async beat(queues: readonly string[]): Promise<void> {
    await this.#database.query(
      `INSERT INTO highway.executors (app, executor_id, queues) VALUES ($1, $2, $3)
       ON CONFLICT (app, executor_id) DO UPDATE SET beat_at = now(), queues = EXCLUDED.queues`,
      [...this.#owner, queues],
    );
  }

  /** The others whose heart has not beaten for so long. */
  async dead(ms: number): Promise<string[]> {
    const rows = await this.#database.query(
      `SELECT executor_id FROM highway.executors
        WHERE app = $1 AND executor_id <> $2 AND beat_at < now() - make_interval(secs => $3)`,
      [...this.#owner, ms / 1000],
    );
    return rows.map((row) => String(row['executor_id']));
  }

  /**
   * Forgets an executor; one that is alive after all comes back with its next beat. Not one that has
   * left runs: those who look after the dead find them by it.
   */
  async remove(executorId: string = this.#key.executorId): Promise<void> {
    await this.#database.query(
      `DELETE FROM highway.executors WHERE app = $1 AND executor_id = $2 AND NOT EXISTS (
         SELECT 1 FROM dbos.workflow_status
          WHERE status = 'PENDING' AND application_name = $1 AND executor_id = $2)`,
      [this.#key.app, executorId],
    );
  }

  /** The runs that this executor executes, as far as is on record. */
  async owned(): Promise<OwnedRun[]> {
    const rows = await this.#database.query(
      `SELECT workflow_uuid AS id, owner_xid AS owner FROM dbos.workflow_status
        WHERE status = 'PENDING' AND application_name = $1 AND executor_id = $2`,
      [...this.#owner],
    );
    return rows.map(({ id, owner }) => ({
      id: String(id),
      owner: typeof owner === 'string' ? owner : '',
    }));
  }

  /** Claims these runs, those that are in the queue, as DBOS does; gives the ids of the claimed. */
  async take(ids: readonly string[], queue: string, owner: string): Promise<string[]> {
    const rows = await this.#database.query(
      `UPDATE dbos.workflow_status
          SET status = 'PENDING', owner_xid = $5, executor_id = $2,
              started_at_epoch_ms = (EXTRACT(epoch FROM now()) * 1000)::bigint,
              updated_at = (EXTRACT(epoch FROM now()) * 1000)::bigint,
              recovery_attempts = recovery_attempts + 1
        WHERE workflow_uuid = ANY($3::text[]) AND queue_name = $4 AND status = 'ENQUEUED'
          AND application_name = $1
        RETURNING workflow_uuid AS id`,
      [...this.#owner, ids, queue, owner],
    );
    return rows.map(({ id }) => String(id));
  }

  /** Puts runs of this executor back into their queues, where they are still what they were. */
  async putBack(runs: readonly OwnedRun[]): Promise<void> {
    await this.#database.query(
      `UPDATE dbos.workflow_status w
          SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL,
              updated_at = (EXTRACT(epoch FROM now()) * 1000)::bigint
         FROM unnest($3::text[], $4::text[]) AS seen (id, owner)
        WHERE w.workflow_uuid = seen.id AND COALESCE(w.owner_xid, '') = seen.owner
          AND w.status = 'PENDING' AND w.application_name = $1 AND w.executor_id = $2`,
      [...this.#owner, runs.map(({ id }) => id), runs.map(({ owner }) => owner)],
    );
  }

  /**
   * Which of this executor's runs have been cancelled since then, by whomever; and the time until
   * which that is true, for the next question. A run may be named twice.
   */
  async cancelled(since: number): Promise<{ ids: string[]; until: number }> {
    const rows = await this.#database.query(
      `SELECT (EXTRACT(epoch FROM now()) * 1000)::bigint AS now, w.workflow_uuid AS id
         FROM (SELECT 1) one
         LEFT JOIN dbos.workflow_status w
           ON w.status = 'CANCELLED' AND w.completed_at >= $3
              AND w.application_name = $1 AND w.executor_id = $2`,
      [...this.#owner, since - slowestCancelMs],
    );
    const ids = rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
    return { ids, until: Number(rows[0]?.['now'] ?? since) };
  }

  get #owner(): [app: string, executorId: string] {
    return [this.#key.app, this.#key.executorId];
  }
}
