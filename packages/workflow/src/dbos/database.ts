import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getClientConfig } from '@dbos-inc/dbos-sdk/internal/utils';
import { Pool } from 'pg';
import { FolderLease } from '../embedded/folder-lease.ts';
import { makePrivate } from '../embedded/private-folder.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { fromDbos } from './database-errors.ts';
import { guardPool } from './guarded-pool.ts';
import type { PoolGuard } from './guarded-pool.ts';
import { askDatabase } from './patience.ts';

/** Rows of a query. */
export type Rows = readonly Record<string, unknown>[];

/** A database, open: the engine's pool, and a way to ask it things. */
export interface Database {
  /** For DBOS: what fails there is tried again. */
  readonly pool: Pool;
  readonly url: string;
  /** How often the database, or the way to it, has failed. */
  readonly failures: number;
  /** Asks, and asks again for some seconds while the database fails: what is asked may be repeated. */
  query(text: string, values?: unknown[]): Promise<Rows>;
  /**
   * Holds a lock of that name for as long as this process is connected, and gives the function that
   * releases it; `undefined` where somebody else has it.
   */
  lock(name: string): Promise<(() => Promise<void>) | undefined>;
  /**
   * Aborts, with the error that says why, once the database is no longer this process's: nothing can
   * be read or written any more. Only of an embedded one, of which one process at a time has the folder.
   */
  readonly lost?: AbortSignal;
  close(): Promise<void>;
}

/** Where a database is: somebody's Postgres, or a folder. */
export interface DatabasePlace {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Is warned of an embedded database that others may read. Default: nobody. */
  readonly logger?: Logger | undefined;
}

// Nobody connects there: the engine wants a URL even where it is handed a pool.
const embeddedUrl = 'postgresql://highway@embedded/highway';

/** Opens the users' Postgres, or the embedded one. */
export async function openDatabase({
  databaseUrl,
  dataDir,
  logger = silentLogger,
}: DatabasePlace): Promise<Database> {
  if (databaseUrl !== undefined) return openServer(databaseUrl);
  return openFolder(dataDir, logger);
}

async function openFolder(dataDir: string, logger: Logger): Promise<Database> {
  makePrivate(dataDir, postgresIn(dataDir), logger);
  const lease = await FolderLease.take(dataDir);
  try {
    // Half a megabyte of code, and a Postgres: only for those who want it.
    const { PglitePool } = await import('../embedded/pglite-pool.ts');
    const pool = await PglitePool.open(postgresIn(dataDir), () => {
      lease.check();
    });
    // It has what the engine uses of a pool; a test runs the engine on it.
    return overPool(pool as unknown as Pool, embeddedUrl, {
      lost: lease.lost,
      // The folder has a lease already.
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

/** Asks the database something, once: one that can't be reached is told of at once. */
export async function knock(database: Database): Promise<void> {
  try {
    await database.pool.query('SELECT 1');
  } catch (error) {
    throw fromDbos(error);
  }
}

/** Whether the folder has an embedded database; opening one that isn't there makes it. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(join(postgresIn(dataDir), 'PG_VERSION'));
}

function postgresIn(dataDir: string): string {
  return join(dataDir, 'postgres');
}

function openServer(url: string): Database {
  const pool = new Pool({
    ...getClientConfig(url),
    // More only have the server switch between them.
    max: 12,
    idleTimeoutMillis: 10_000,
    // A connection that hangs in a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: 15_000,
  });
  // Idle connections die with the server; the next query makes another or says what is wrong.
  pool.on('error', () => undefined);
  return overPool(pool, url, { lock: (name) => lockInPool(pool, name), close: () => pool.end() });
}

function overPool(
  pool: Pool,
  url: string,
  { lock, close, lost }: Pick<Database, 'lock' | 'close' | 'lost'>,
): Database {
  const guard: PoolGuard = { closed: false, failures: 0 };
  const ask = async (text: string, values?: unknown[]): Promise<Rows> => {
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
    query: (text, values) => askDatabase(() => ask(text, values), guard),
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
  // Lost with the connection; whoever holds it has to do with a second holder.
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
    // Closed, so that the server drops the lock whatever state the connection is in.
    client.release(true);
    return Promise.resolve();
  };
}
