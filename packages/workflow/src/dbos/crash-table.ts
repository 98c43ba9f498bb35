import type { Database } from './database.ts';
import { runsQuery } from './run-query.ts';

/** A run that was under way in processes that died. */
export interface CrashedRun {
  readonly id: string;
  /** In how many, one after the other, without a new entry in its journal. */
  readonly count: number;
}

/**
 * From so many crashes on a run is a suspect. Until then each of a process's crashes counts for all of
 * its runs, of which most are innocent; from then on only those in which the run was executed as the
 * only suspect of its process.
 */
export const suspectAfter = 2;

// Such a run executes nothing; and there may be many, for months.
const idle = "('sleeping', 'retrying', 'waiting')";
const now = '(EXTRACT(epoch FROM now()) * 1000)';

/**
 * In how many processes that died each run was under way, in the database. It begins anew with each
 * new entry in the journal of a run.
 */
export class CrashTable {
  readonly #database: Database;
  readonly #app: string;

  constructor(database: Database, app: string) {
    this.#database = database;
    this.#app = app;
  }

  /** Counts the crash of a process for the runs that it executed, and gives the suspects. */
  async count(executorId: string): Promise<CrashedRun[]> {
    await this.#forgetEnded();
    const where = "w.status = 'PENDING' AND w.application_name = $1 AND w.executor_id = $2";
    const rows = await this.#database.query(
      `INSERT INTO highway.crashes AS c (app, run_id, count, place)
       SELECT $1, r.id, 1, (SELECT COALESCE(max(e.function_id), -1) FROM dbos.operation_outputs e
                             WHERE e.workflow_uuid = r.id)
         FROM (${runsQuery({ where, now })}) r
        WHERE r.standing NOT IN ${idle}
       ON CONFLICT (app, run_id) DO UPDATE
         SET count = CASE WHEN c.place <> EXCLUDED.place THEN 1
                          WHEN c.alone OR c.count < $3 THEN c.count + 1
                          ELSE c.count END,
             place = EXCLUDED.place, alone = false
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

  /** Says whether these suspects are executed, each as the only one of its process. */
  async setAlone(ids: readonly string[], alone: boolean): Promise<void> {
    await this.#database.query(
      'UPDATE highway.crashes SET alone = $3 WHERE app = $1 AND run_id = ANY($2::text[])',
      [this.#app, ids, alone],
    );
  }

  /** Forgets the crashes of these runs. */
  async forget(ids: readonly string[]): Promise<void> {
    await this.#database.query(
      'DELETE FROM highway.crashes WHERE app = $1 AND run_id = ANY($2::text[])',
      [this.#app, ids],
    );
  }

  async #forgetEnded(): Promise<void> {
    await this.#database.query(
      `DELETE FROM highway.crashes c
        WHERE c.app = $1 AND NOT EXISTS (
          SELECT 1 FROM dbos.workflow_status w
           WHERE w.workflow_uuid = c.run_id AND w.status IN ('PENDING', 'ENQUEUED', 'DELAYED'))`,
      [this.#app],
    );
  }
}
