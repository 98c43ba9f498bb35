import type { Database } from './database.ts';

/** Who executes an application's runs. */
export interface ExecutorKey {
  readonly app: string;
  readonly executorId: string;
}

// A cancellation has the time at which it began, and is seen once it has ended: that may be after a
// question that came later than it.
const slowestCancelMs = 10_000;

// Several processes may start at once, and Postgres has `IF NOT EXISTS` run into itself then.
const schema = `
  DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('@highway/workflow'));
    CREATE SCHEMA IF NOT EXISTS highway;
    CREATE TABLE IF NOT EXISTS highway.executors (
      app text NOT NULL,
      executor_id text NOT NULL,
      queues text[] NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(),
      beat_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (app, executor_id)
    );
  END $$`;

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

  /** Makes the table where there is none. */
  async create(): Promise<void> {
    await this.#database.query(schema);
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

  /** Forgets an executor; one that is alive after all comes back with its next beat. */
  async remove(executorId: string = this.#key.executorId): Promise<void> {
    await this.#database.query(
      'DELETE FROM highway.executors WHERE app = $1 AND executor_id = $2',
      [this.#key.app, executorId],
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
