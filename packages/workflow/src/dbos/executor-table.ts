import type { Database } from './database.ts';

/** Identifies a process that executes an application's runs. */
export interface ExecutorKey {
  readonly app: string;
  readonly executorId: string;
  /** Unique to this process, also among those that have had the same id. */
  readonly token: string;
}

/** The process that has an executor id. */
export interface ExecutorRow {
  readonly token: string;
  /** The time of its last heartbeat; only a change of it has a meaning. */
  readonly beat: string;
  /** Whether it was stopped, as opposed to having died. */
  readonly stopped: boolean;
  /** Whether another process is taking over its runs. */
  readonly takenOver: boolean;
}

/** An executor whose heartbeat has stopped. */
export interface DeadExecutor {
  readonly id: string;
  /** Whether it was stopped, but could not hand over all of its runs. */
  readonly stopped: boolean;
}

/** A statement with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

// Five missed heartbeats: neither a garbage collection nor a slow query takes that long.
const deadMs = 10_000;
const takeOverPrefix = 'taking over ';
// Long past, so that no process waits for another heartbeat.
const stoppedAt = "'epoch'::timestamptz";

/** A run that an executor owns, according to the database. */
export interface OwnedRun {
  readonly id: string;
  /** Identifies the claim; each execution has another one. */
  readonly owner: string;
}

// A cancellation has the time at which its transaction began, but is visible only after the commit. So a
// query may miss it although it is later.
const slowestCancelMs = 10_000;

/**
 * The executors of a database, each with its heartbeat. Only the database's clock counts, so the clocks
 * of the machines may differ.
 */
export class ExecutorTable {
  readonly #database: Database;
  readonly #key: ExecutorKey;

  constructor(database: Database, key: ExecutorKey) {
    this.#database = database;
    this.#key = key;
  }

  /** The process that has this executor id; `undefined` if none has. */
  async holder(): Promise<ExecutorRow | undefined> {
    const [row] = await this.#database.query(
      `SELECT COALESCE(token, '') AS token, beat_at::text AS beat, beat_at = ${stoppedAt} AS stopped
         FROM highway.executors WHERE app = $1 AND executor_id = $2`,
      [...this.#appAndId],
    );
    if (row === undefined) return undefined;
    const token = String(row['token']);
    return {
      token,
      beat: String(row['beat']),
      stopped: row['stopped'] === true,
      takenOver: token.startsWith(takeOverPrefix),
    };
  }

  /**
   * Claims this executor id if no process has it, if the process that has it is dead by the database's
   * clock, or if its token is the given one. Returns whether that succeeded.
   */
  async claim(queues: readonly string[], replaceable?: string): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO highway.executors (app, executor_id, token, queues) VALUES ($1, $2, $3, $4)
       ON CONFLICT (app, executor_id) DO UPDATE
         SET token = EXCLUDED.token, queues = EXCLUDED.queues, beat_at = now()
         WHERE executors.token = EXCLUDED.token OR COALESCE(executors.token, '') = $5
            OR executors.beat_at < now() - make_interval(secs => $6)
       RETURNING token`,
      [...this.#appAndId, this.#key.token, queues, replaceable ?? null, deadMs / 1000],
    );
    return rows.length > 0;
  }

  /** The statement of each heartbeat. It changes no row if this process has lost its executor id. */
  get beatStatement(): Statement {
    return {
      text: `UPDATE highway.executors SET beat_at = now()
              WHERE app = $1 AND executor_id = $2 AND token = $3 RETURNING token`,
      values: [...this.#appAndId, this.#key.token],
    };
  }

  /** Records a heartbeat; returns false if this process has lost its executor id. */
  async beat(): Promise<boolean> {
    const { text, values } = this.beatStatement;
    return (await this.#database.query(text, [...values])).length > 0;
  }

  /**
   * Claims the other executors whose last heartbeat is this long ago, to take over their runs. For the
   * same time, no other process gets them, not even a new one with their id.
   */
  async claimDead(ms: number = deadMs): Promise<DeadExecutor[]> {
    const rows = await this.#database.query(
      `WITH dead AS (
         SELECT executor_id AS id, beat_at = ${stoppedAt} AS stopped FROM highway.executors
          WHERE app = $1 AND executor_id <> $2 AND beat_at < now() - make_interval(secs => $4)
            FOR UPDATE SKIP LOCKED)
       UPDATE highway.executors e SET token = $3, beat_at = now()
         FROM dead WHERE e.app = $1 AND e.executor_id = dead.id
       RETURNING dead.id, dead.stopped`,
      [...this.#appAndId, this.#takeOverToken, ms / 1000],
    );
    return rows.map(({ id, stopped }) => ({ id: String(id), stopped: stopped === true }));
  }

  /** Deletes an executor that `claimDead` returned, after its runs were taken over. */
  deleteDead(executorId: string): Promise<void> {
    return this.#free(executorId, this.#takeOverToken);
  }

  /** Releases this executor id, so that the next process with it need not wait. */
  release(): Promise<void> {
    return this.#free(this.#key.executorId, this.#key.token);
  }

  /** An executor that still owns runs stays in the table, so that others take them over. */
  async #free(executorId: string, token: string): Promise<void> {
    const values = [this.#key.app, executorId, token];
    await this.#database.query(
      `UPDATE highway.executors SET beat_at = ${stoppedAt}
        WHERE app = $1 AND executor_id = $2 AND token = $3`,
      values,
    );
    await this.#database.query(
      `DELETE FROM highway.executors WHERE app = $1 AND executor_id = $2 AND token = $3
          AND NOT EXISTS (SELECT 1 FROM dbos.workflow_status
                           WHERE status = 'PENDING' AND application_name = $1 AND executor_id = $2)`,
      values,
    );
  }

  /** The runs that this executor owns. */
  async owned(): Promise<OwnedRun[]> {
    const rows = await this.#database.query(
      `SELECT workflow_uuid AS id, owner_xid AS owner FROM dbos.workflow_status
        WHERE status = 'PENDING' AND application_name = $1 AND executor_id = $2`,
      [...this.#appAndId],
    );
    return rows.map(({ id, owner }) => ({
      id: String(id),
      owner: typeof owner === 'string' ? owner : '',
    }));
  }

  /** Claims these runs as DBOS does, if they are in the queue; returns the ids of those claimed. */
  async claimRuns(ids: readonly string[], queue: string, owner: string): Promise<string[]> {
    const rows = await this.#database.query(
      `UPDATE dbos.workflow_status
          SET status = 'PENDING', owner_xid = $5, executor_id = $2,
              started_at_epoch_ms = (EXTRACT(epoch FROM now()) * 1000)::bigint,
              updated_at = (EXTRACT(epoch FROM now()) * 1000)::bigint,
              recovery_attempts = recovery_attempts + 1
        WHERE workflow_uuid = ANY($3::text[]) AND queue_name = $4 AND status = 'ENQUEUED'
          AND application_name = $1
        RETURNING workflow_uuid AS id`,
      [...this.#appAndId, ids, queue, owner],
    );
    return rows.map(({ id }) => String(id));
  }

  /** Puts runs back into their queues, unless their claims have changed. */
  async putBack(runs: readonly OwnedRun[]): Promise<void> {
    await this.#database.query(
      `UPDATE dbos.workflow_status w
          SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL,
              updated_at = (EXTRACT(epoch FROM now()) * 1000)::bigint
         FROM unnest($3::text[], $4::text[]) AS seen (id, owner)
        WHERE w.workflow_uuid = seen.id AND COALESCE(w.owner_xid, '') = seen.owner
          AND w.status = 'PENDING' AND w.application_name = $1 AND w.executor_id = $2`,
      [...this.#appAndId, runs.map(({ id }) => id), runs.map(({ owner }) => owner)],
    );
  }

  /**
   * The runs of this executor that have been cancelled since then by any process, and the time to pass
   * to the next call. A run may be returned twice.
   */
  async cancelled(since: number): Promise<{ ids: string[]; until: number }> {
    const rows = await this.#database.query(
      `SELECT (EXTRACT(epoch FROM now()) * 1000)::bigint AS now, w.workflow_uuid AS id
         FROM (SELECT 1) one
         LEFT JOIN dbos.workflow_status w
           ON w.status = 'CANCELLED' AND w.completed_at >= $3
              AND w.application_name = $1 AND w.executor_id = $2`,
      [...this.#appAndId, since - slowestCancelMs],
    );
    const ids = rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
    return { ids, until: Number(rows[0]?.['now'] ?? since) };
  }

  get #takeOverToken(): string {
    return takeOverPrefix + this.#key.token;
  }

  get #appAndId(): [app: string, executorId: string] {
    return [this.#key.app, this.#key.executorId];
  }
}
