import type { Database } from './database.ts';

/** Who executes an application's runs. */
export interface ExecutorKey {
  readonly app: string;
  readonly executorId: string;
  /** Tells this process from all others, also from those of its id. */
  readonly token: string;
}

/** What the table says of the process that has an id. */
export interface ExecutorRow {
  readonly token: string;
  /** When its heart last beat: only whether it changes means something. */
  readonly beat: string;
  /** Whether it has stopped in good order. */
  readonly stopped: boolean;
  /** Whether others are taking over what it left. */
  readonly adopted: boolean;
}

/** An executor that was found dead. */
export interface DeadExecutor {
  readonly id: string;
  /** Whether it had stopped in good order, and could not hand over all. */
  readonly stopped: boolean;
}

/** A statement with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

// Five beats missed: neither a pause of the garbage collector nor a slow query takes that long.
const deadMs = 10_000;
const adopting = 'adopting ';
// Long past, so that nobody waits for another beat.
const stoppedAt = "'epoch'::timestamptz";

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

  /** Who has this executor's id; `undefined` where nobody has it. */
  async holder(): Promise<ExecutorRow | undefined> {
    const [row] = await this.#database.query(
      `SELECT COALESCE(token, '') AS token, beat_at::text AS beat, beat_at = ${stoppedAt} AS stopped
         FROM highway.executors WHERE app = $1 AND executor_id = $2`,
      [...this.#owner],
    );
    if (row === undefined) return undefined;
    const token = String(row['token']);
    return {
      token,
      beat: String(row['beat']),
      stopped: row['stopped'] === true,
      adopted: token.startsWith(adopting),
    };
  }

  /**
   * Takes this executor's id: where nobody has it, or the one who has it is dead, by the database's
   * clock, or is the one of the token given. False where it is another process'.
   */
  async claim(queues: readonly string[], over?: string): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO highway.executors (app, executor_id, token, queues) VALUES ($1, $2, $3, $4)
       ON CONFLICT (app, executor_id) DO UPDATE
         SET token = EXCLUDED.token, queues = EXCLUDED.queues, beat_at = now()
         WHERE executors.token = EXCLUDED.token OR COALESCE(executors.token, '') = $5
            OR executors.beat_at < now() - make_interval(secs => $6)
       RETURNING token`,
      [...this.#owner, this.#key.token, queues, over ?? null, deadMs / 1000],
    );
    return rows.length > 0;
  }

  /** What the heart says with each beat; it changes no row where this executor's id was lost. */
  get beatStatement(): Statement {
    return {
      text: `UPDATE highway.executors SET beat_at = now()
              WHERE app = $1 AND executor_id = $2 AND token = $3 RETURNING token`,
      values: [...this.#owner, this.#key.token],
    };
  }

  /** The heart beats; false where the id is not this process's any more. */
  async beat(): Promise<boolean> {
    const { text, values } = this.beatStatement;
    return (await this.#database.query(text, [...values])).length > 0;
  }

  /**
   * The others whose heart has not beaten for so long. What they left is for this process to take
   * over: for as long again, nobody else is given them, not even a process of their id.
   */
  async takeDead(ms: number = deadMs): Promise<DeadExecutor[]> {
    const rows = await this.#database.query(
      `WITH dead AS (
         SELECT executor_id AS id, beat_at = ${stoppedAt} AS stopped FROM highway.executors
          WHERE app = $1 AND executor_id <> $2 AND beat_at < now() - make_interval(secs => $4)
            FOR UPDATE SKIP LOCKED)
       UPDATE highway.executors e SET token = $3, beat_at = now()
         FROM dead WHERE e.app = $1 AND e.executor_id = dead.id
       RETURNING dead.id, dead.stopped`,
      [...this.#owner, this.#adoption, ms / 1000],
    );
    return rows.map(({ id, stopped }) => ({ id: String(id), stopped: stopped === true }));
  }

  /** Forgets an executor that `takeDead` gave, after its runs were taken over. */
  forget(executorId: string): Promise<void> {
    return this.#free(executorId, this.#adoption);
  }

  /** Gives this executor's id up, so that the next one of it need not wait. */
  release(): Promise<void> {
    return this.#free(this.#key.executorId, this.#key.token);
  }

  /** One that has left runs stays: those who look after the dead find them by it. */
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

  get #adoption(): string {
    return adopting + this.#key.token;
  }

  get #owner(): [app: string, executorId: string] {
    return [this.#key.app, this.#key.executorId];
  }
}
