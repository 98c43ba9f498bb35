import { FleetError } from '../errors.ts';

// What the store needs of the package `pg`, so that its types need not be installed.

/** A connection to the database: a `Client` of the package `pg`. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(sql: string, values?: readonly unknown[]): Promise<PgResult>;
  end(): Promise<void>;
  ref?(): void;
  unref?(): void;
  readonly connection?: { readonly stream?: { destroy?(): void } };
  on(event: 'error' | 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (message: PgNotification) => void): unknown;
}

/** The result of a query. */
export interface PgResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** A notification on a channel. */
export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A `Pool` of the package `pg`: the store takes its connection settings from it. */
export interface PostgresPool {
  /** The settings of the pool's connections. */
  readonly options: object;
  query(sql: string): Promise<unknown>;
}

type ClientClass = new (options: object) => PgClient;

/** Creates a client that is not connected yet. */
export type MakeClient = () => Promise<PgClient>;

/**
 * Creates clients with the settings of a pool. They do not come from the pool: keeping one of its clients
 * might leave none for the user's queries, and waiting for one would make a node look dead whenever the
 * pool is busy.
 */
export function clientsLike(pool: PostgresPool, connectTimeoutMs: number): MakeClient {
  const { options } = pool;
  // The pool's password is not enumerable.
  const { password } = options as { readonly password?: unknown };
  return async () => {
    const Client = (pool as { readonly Client?: ClientClass }).Client ?? (await loadClient());
    return new Client({ ...options, ...ownOptions(connectTimeoutMs), password });
  };
}

/** Creates clients from a connection string. */
export function clientsTo(connectionString: string, connectTimeoutMs: number): MakeClient {
  return async () => {
    const Client = await loadClient();
    return new Client({ connectionString, ...ownOptions(connectTimeoutMs) });
  };
}

function ownOptions(connectTimeoutMs: number): object {
  return {
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // The store limits the time of its queries itself.
    query_timeout: undefined,
    pipeline: false,
  };
}

async function loadClient(): Promise<ClientClass> {
  try {
    const { Client } = await import('pg');
    return Client;
  } catch (cause) {
    const message = 'A PostgresStore with a connectionString needs the package pg: install it';
    throw new FleetError('ERR_FLEET_MISSING_PACKAGE', message, { cause });
  }
}
