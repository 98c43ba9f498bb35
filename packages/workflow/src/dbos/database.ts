import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { FolderLease } from '../embedded/folder-lease.ts';
import { makePrivate } from '../embedded/private-folder.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { unwrapFromDbos } from './database-errors.ts';
import { guardPool } from './guarded-pool.ts';
import type { PoolGuard } from './guarded-pool.ts';
import { getClientConfig } from './internals.ts';
import { retryQuery } from './database-retries.ts';

/** The rows of a query. */
export type Rows = readonly Record<string, unknown>[];

/** An open database: the pool for DBOS, and queries of this package. */
export interface Database {
  /** For DBOS, which repeats what fails in it. */
  readonly pool: Pool;
  readonly url: string;
  /** How often the database, or the connection to it, has failed. */
  readonly failures: number;
  /** Runs a query, and retries it for some seconds while the database fails. It must be repeatable. */
  query(text: string, values?: unknown[]): Promise<Rows>;
  /**
   * Takes the lock of that name, and returns the function that releases it; `undefined` if another
   * process has it. The lock is lost with the connection.
   */
  lock(name: string): Promise<(() => Promise<void>) | undefined>;
  /**
   * Aborts, with the error as its reason, once another process has taken over the folder of an embedded
   * database: then nothing can be read or written here any more.
   */
  readonly lost?: AbortSignal;
  close(): Promise<void>;
}

/** Where a database is: a Postgres server, or a folder. */
export interface DatabaseLocation {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Receives a warning if others can read an embedded database. Default: none. */
  readonly logger?: Logger | undefined;
}

// Never connected to: DBOS requires a URL even if it is given a pool.
const embeddedUrl = 'postgresql://highway@embedded/highway';

/** Opens the user's Postgres, or the embedded database. */
export async function openDatabase({
  databaseUrl,
  dataDir,
  logger = silentLogger,
}: DatabaseLocation): Promise<Database> {
  if (databaseUrl !== undefined) return openServer(databaseUrl);
  return openFolder(dataDir, logger);
}

async function openFolder(dataDir: string, logger: Logger): Promise<Database> {
  makePrivate(dataDir, postgresIn(dataDir), logger);
  const lease = await FolderLease.take(dataDir);
  try {
    // Half a megabyte of code, and a Postgres: loaded only if it is used.
    const { PglitePool } = await import('../embedded/pglite-pool.ts');
    const pool = await PglitePool.open(postgresIn(dataDir), () => {
      lease.check();
    });
    // It has the part of a pool that DBOS uses, which tests verify.
    return overPool(pool as unknown as Pool, embeddedUrl, {
      lost: lease.lost,
      // The folder's lease is lock enough.
      lock: () => Promise.resolve(() => Promise.resolve()),
      close: async () => {
        try {
          await pool.end();
        } finally {
          await lease.release();
        }
      },
    });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** Runs one query without retries: throws at once if the database can't be reached. */
export async function checkConnection(database: Database): Promise<void> {
  try {
    await database.pool.query('SELECT 1');
  } catch (error) {
    throw unwrapFromDbos(error);
  }
}

/** Whether the folder has an embedded database. Opening a missing one would create it. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(join(postgresIn(dataDir), 'PG_VERSION'));
}

function postgresIn(dataDir: string): string {
  return join(dataDir, 'postgres');
}

function openServer(url: string): Database {
  const pool = new Pool({
    ...getClientConfig(url),
    // More connections only make the server switch between them.
    max: 12,
    idleTimeoutMillis: 10_000,
    // A connection that hangs in a transaction must not hold its locks forever.
    idle_in_transaction_session_timeout: 15_000,
  });
  // Idle connections die with the server; the next query opens another one, or reports the error.
  pool.on('error', () => undefined);
  return overPool(pool, url, { lock: (name) => lockInPool(pool, name), close: () => pool.end() });
}

function overPool(
  pool: Pool,
  url: string,
  { lock, close, lost }: Pick<Database, 'lock' | 'close' | 'lost'>,
): Database {
  const guard: PoolGuard = { closed: false, failures: 0 };
  const query = async (text: string, values?: unknown[]): Promise<Rows> => {
    try {
      return (await pool.query<Record<string, unknown>>(text, values)).rows;
    } catch (error) {
      guard.failures += 1;
      throw error;
    }
  };
  return {
    pool: guardPool(pool, guard),
    url,
    get failures() {
      return guard.failures;
    },
    query: (text, values) => retryQuery(() => query(text, values), guard),
    lock,
    ...(lost !== undefined && { lost }),
    close: () => {
      guard.closed = true;
      return close();
    },
  };
}

async function lockInPool(pool: Pool, name: string): Promise<(() => Promise<void>) | undefined> {
  const client = await pool.connect();
  const ignore = (): void => undefined;
  // The lock is lost with the connection, so its holder must cope with a second holder.
  client.on('error', ignore);
  const { rows } = await client
    .query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held', [
      name,
    ])
    .catch((error: unknown) => {
      client.release(true);
      throw error;
    });
  if (rows[0]?.held !== true) {
    client.removeListener('error', ignore);
    client.release();
    return undefined;
  }
  return () => {
    // Closing the connection makes the server drop the lock, whatever state the connection is in.
    client.release(true);
    return Promise.resolve();
  };
}
