import { systemClock } from '@highway/resilience';
import type { DLogger } from '@dbos-inc/dbos-sdk';
import { messageOf, WorkflowError } from '../errors.ts';
import { checkConnection } from './database.ts';
import type { Database } from './database.ts';
import { sqlStateOf, unwrapFromDbos } from './database-errors.ts';
import {
  DBOSInitializationError,
  ensurePGDatabase,
  ensureSystemDatabase,
  verifySystemDatabase,
} from './internals.ts';
import type { GlobalLogger } from './internals.ts';

// Several processes may start on an empty database at the same time. Then `IF NOT EXISTS` can conflict
// with itself in Postgres, also in the migrations of DBOS, so one process migrates. The others poll for
// the lock, since building an index concurrently waits for all transactions, also those that wait for it.
const lockName = '@highway/workflow schema';
const lockPollMs = 100;
// Building the indexes of a large database takes a long time.
const migrationTimeoutMs = 600_000;

const noDatabase = '3D000';
const insufficientPrivilege = '42501';

// Not executed if the tables exist, so that a role which may only read and write can start.
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
    position bigint NOT NULL,
    alone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (app, run_id)
  );`;

// Looked up in the catalog, which works without privileges on the schema.
const ownTablesExist = `
  SELECT count(*) = 2 AS exist
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'highway' AND NOT a.attisdropped
     AND (c.relname, a.attname) IN (('executors', 'token'), ('crashes', 'position'))`;

/**
 * Creates what is missing: the database itself, the tables of DBOS and those of this package. One
 * process at a time does so. If nothing is missing, it only reads.
 */
export async function prepareDatabase(database: Database, logger: DLogger): Promise<void> {
  await createDatabase(database, logger);
  if (await isComplete(database, logger)) return;
  const end = systemClock.now() + migrationTimeoutMs;
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
    if (systemClock.now() > end)
      throw new Error('Timed out while another process was migrating the database');
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, lockPollMs));
    if (await isComplete(database, logger)) return;
  }
}

/** Creates the database if the server doesn't have it; several processes may try at the same time. */
async function createDatabase(database: Database, logger: DLogger): Promise<void> {
  for (let tries = 20; ; tries -= 1) {
    try {
      await checkConnection(database);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== noDatabase || tries === 0) throw error;
    }
    await ensurePGDatabase(database.url, logger);
  }
}

async function isComplete(database: Database, logger: DLogger): Promise<boolean> {
  const [row] = await database.query(ownTablesExist);
  if (row?.['exist'] !== true) return false;
  try {
    await verifySystemDatabase(database.url, logger as GlobalLogger, database.pool);
    return true;
  } catch (error) {
    if (error instanceof DBOSInitializationError) return false;
    throw unwrapFromDbos(error);
  }
}

async function migrate(database: Database, logger: DLogger): Promise<void> {
  try {
    await ensureSystemDatabase(database.url, logger as GlobalLogger, database.pool);
    await database.query(ownTables);
  } catch (thrown) {
    const error = unwrapFromDbos(thrown);
    if (sqlStateOf(error) !== insufficientPrivilege) throw error;
    throw new WorkflowError(
      'ERR_NOT_MIGRATED',
      'Tables in the schemas "dbos" and "highway" are missing or out of date, and this role may not create ' +
        `them: ${messageOf(error)}. Start once with a role that may do so`,
      { cause: error },
    );
  }
}
