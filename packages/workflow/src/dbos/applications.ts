import type { Database } from './database.ts';

/** The names of the applications that have runs in the database. */
export async function applicationNames(database: Database): Promise<string[]> {
  const rows = await database.query(
    `SELECT DISTINCT application_name AS name FROM dbos.workflow_status
      WHERE application_name IS NOT NULL ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name));
}
