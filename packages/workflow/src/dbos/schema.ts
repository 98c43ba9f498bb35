import { systemClock } from '@highway/resilience';
import type { DLogger } from '@dbos-inc/dbos-sdk';
import type { GlobalLogger } from '@dbos-inc/dbos-sdk/internal/telemetry/logs';
import { ensurePGDatabase } from '@dbos-inc/dbos-sdk/internal/database_utils';
import { DBOSInitializationError } from '@dbos-inc/dbos-sdk/internal/error';
import {
  ensureSystemDatabase,
  verifySystemDatabase,
} from '@dbos-inc/dbos-sdk/internal/system_database';
import { messageOf, WorkflowError } from '../errors.ts';
import { knock } from './database.ts';
import type { Database } from './database.ts';
import { fromDbos, sqlStateOf } from './database-errors.ts';

// Several processes may start at once on an empty database, and Postgres has `IF NOT EXISTS` run into
// itself then, also in the migrations of DBOS. Tried, not waited for: an index that is built
// concurrently waits for all transactions, also for those that wait for a lock.
const lockName = '@highway/workflow schema';
const lockPauseMs = 100;
// Building the indexes of a large database takes long.
const longestMigrationMs = 600_000;

const noDatabase = '3D000';
const insufficientPrivilege = '42501';

// Nothing of it is asked for where it is there already: those who may only read and write can start.
const ownTables = `
  CREATE SCHEMA IF NOT EXISTS highway;
  CREATE TABLE IF NOT EXISTS highway.executors (
    app text NOT NULL,
    executor_id text NOT NULL,
    queues text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (app, executor_id)
  );
  ALTER TABLE highway.executors ADD COLUMN IF NOT EXISTS token text;
  CREATE TABLE IF NOT EXISTS highway.crashes (
    app text NOT NULL,
    run_id text NOT NULL,
    count integer NOT NULL,
    place bigint NOT NULL,
    alone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (app, run_id)
  );`;

// Looked up by name, since who may not use a schema may not ask whether something is in it either.
const ownTablesAreThere = `
  SELECT count(*) = 2 AS there
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'highway' AND NOT a.attisdropped
     AND (c.relname, a.attname) IN (('executors', 'token'), ('crashes', 'alone'))`;

/**
 * Makes what is missing in the database: the database itself, the tables of DBOS and those of this
 * package. One process at a time; where nothing is missing, nothing is asked for but whether it is.
 */
export async function prepareDatabase(database: Database, logger: DLogger): Promise<void> {
  await reach(database, logger);
  if (await isComplete(database, logger)) return;
  const end = systemClock.now() + longestMigrationMs;
  for (;;) {
    const release = await database.lock(lockName);
    if (release !== undefined) {
      try {
        if (!(await isComplete(database, logger))) await migrate(database, logger);
        return;
      } finally {
        await release();
      }
    }
    if (systemClock.now() > end) throw new Error('Another process has been migrating for too long');
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, lockPauseMs));
    if (await isComplete(database, logger)) return;
  }
}

/** Makes the database where the server has none of that name; several may try at once. */
async function reach(database: Database, logger: DLogger): Promise<void> {
  for (let tries = 20; ; tries -= 1) {
    try {
      await knock(database);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== noDatabase || tries === 0) throw error;
    }
    await ensurePGDatabase(database.url, logger);
  }
}

async function isComplete(database: Database, logger: DLogger): Promise<boolean> {
  const [row] = await database.query(ownTablesAreThere);
  if (row?.['there'] !== true) return false;
  try {
    await verifySystemDatabase(database.url, logger as GlobalLogger, database.pool);
    return true;
  } catch (error) {
    if (error instanceof DBOSInitializationError) return false;
    throw fromDbos(error);
  }
}

async function migrate(database: Database, logger: DLogger): Promise<void> {
  try {
    await ensureSystemDatabase(database.url, logger as GlobalLogger, database.pool);
    await database.query(ownTables);
  } catch (thrown) {
    const error = fromDbos(thrown);
    if (sqlStateOf(error) !== insufficientPrivilege) throw error;
    throw new WorkflowError(
      'ERR_NOT_MIGRATED',
      'The database lacks tables of the schemas "dbos" and "highway", or has those of an older ' +
        `version, and this role may not make them: ${messageOf(error)}. Start once as a role that may`,
      { cause: error },
    );
  }
}
