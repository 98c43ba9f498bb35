import type { Database } from './database.ts';
import { runsQuery } from './run-query.ts';

/** A run that was under way in processes that died. */
export interface CrashedRun {
  readonly id: string;
  /** How many processes died in a row while they executed it, without a new journal entry. */
  readonly count: number;
}

/**
 * How many crashes make a run a suspect. Up to there, a crash counts for all runs of the process, most
 * of which are innocent. Beyond it, a crash counts only if the run was the only suspect that the process
 * was executing.
 */
export const suspectAfter = 2;

// Runs with these statuses execute nothing, and there may be many of them, for months.
const idleStatuses = "('sleeping', 'retrying', 'waiting')";
const now = '(EXTRACT(epoch FROM now()) * 1000)';

/**
 * Counts for each run, in the database, how many processes died while they executed it. A new entry in
 * the run's journal resets its count.
 */
export class CrashTable {
  readonly #database: Database;
  readonly #app: string;

  constructor(database: Database, app: string) {
    this.#database = database;
    this.#app = app;
  }

  /** Counts the crash of a process for the runs that it executed; returns the suspects among them. */
  async count(executorId: string): Promise<CrashedRun[]> {
    await this.#deleteEnded();
    const where = "w.status = 'PENDING' AND w.application_name = $1 AND w.executor_id = $2";
    const rows = await this.#database.query(
      `INSERT INTO highway.crashes AS c (app, run_id, count, position)
       SELECT $1, r.id, 1, (SELECT COALESCE(max(e.function_id), -1) FROM dbos.operation_outputs e
                             WHERE e.workflow_uuid = r.id)
         FROM (${runsQuery({ where, now })}) r
        WHERE r.status NOT IN ${idleStatuses}
       ON CONFLICT (app, run_id) DO UPDATE
         SET count = CASE WHEN c.position <> EXCLUDED.position THEN 1
                          WHEN c.alone OR c.count < $3 THEN c.count + 1
                          ELSE c.count END,
             position = EXCLUDED.position, alone = false
       RETURNING run_id AS id, count`,
      [this.#app, executorId, suspectAfter],
    );
    return rows
      .map(({ id, count }) => ({ id: String(id), count: Number(count) }))
      .filter(({ count }) => count >= suspectAfter);
  }

  /** All suspects of the application. */
  async suspects(): Promise<string[]> {
    const rows = await this.#database.query(
      'SELECT run_id AS id FROM highway.crashes WHERE app = $1 AND count >= $2',
      [this.#app, suspectAfter],
    );
    return rows.map(({ id }) => String(id));
  }

  /** Records whether each of these suspects is the only one that its process executes now. */
  async setAlone(ids: readonly string[], alone: boolean): Promise<void> {
    await this.#database.query(
      'UPDATE highway.crashes SET alone = $3 WHERE app = $1 AND run_id = ANY($2::text[])',
      [this.#app, ids, alone],
    );
  }

  /** Resets the counts of these runs. */
  async reset(ids: readonly string[]): Promise<void> {
    await this.#database.query(
      'DELETE FROM highway.crashes WHERE app = $1 AND run_id = ANY($2::text[])',
      [this.#app, ids],
    );
  }

  async #deleteEnded(): Promise<void> {
    await this.#database.query(
      `DELETE FROM highway.crashes c
        WHERE c.app = $1 AND NOT EXISTS (
          SELECT 1 FROM dbos.workflow_status w
           WHERE w.workflow_uuid = c.run_id AND w.status IN ('PENDING', 'ENQUEUED', 'DELAYED'))`,
      [this.#app],
    );
  }
}
