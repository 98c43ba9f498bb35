import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { DatabasePlace, WorkerKind } from './messages.ts';

/** What the names of the drill's temporary folders begin with. */
const folderPrefix = 'highway-orders-';

/** Empty databases for the drill; disposing removes them. */
export interface Databases extends AsyncDisposable {
  /** What they are, for people. */
  readonly title: string;
  place(kind: WorkerKind): DatabasePlace;
}

/**
 * Makes a database for each worker: embedded ones in a temporary folder, or new ones on the user's
 * server. Rejects where that server can't be used.
 */
export async function provideDatabases(
  kinds: readonly WorkerKind[],
  url: URL | undefined,
): Promise<Databases> {
  return url === undefined ? embedded() : onServer(kinds, url);
}

function embedded(): Databases {
  const folder = mkdtempSync(join(tmpdir(), folderPrefix));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // Somebody who presses Ctrl-C twice ends the drill at once.
  process.once('exit', remove);
  return {
    title: 'embedded Postgres, in each worker',
    place: (kind) => ({ dataDir: join(folder, kind) }),
    [Symbol.asyncDispose]: () => {
      process.off('exit', remove);
      remove();
      return Promise.resolve();
    },
  };
}

async function onServer(kinds: readonly WorkerKind[], url: URL): Promise<Databases> {
  const suffix = randomBytes(4).toString('hex');
  const nameOf = (kind: WorkerKind): string => `highway_orders_${kind}_${suffix}`;
  // The user's name and password are left out.
  const title = `Postgres at ${url.host}`;
  try {
    await ask(
      url,
      kinds.map((kind) => `CREATE DATABASE ${nameOf(kind)}`),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message || String(error) : String(error);
    throw new Error(`${title} can't be used: ${why}`, { cause: error });
  }
  return {
    title,
    place: (kind) => {
      const own = new URL(url);
      own.pathname = `/${nameOf(kind)}`;
      return { databaseUrl: own.href };
    },
    [Symbol.asyncDispose]: () =>
      ask(
        url,
        kinds.map((kind) => `DROP DATABASE IF EXISTS ${nameOf(kind)} WITH (FORCE)`),
      ),
  };
}

async function ask(url: URL, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
