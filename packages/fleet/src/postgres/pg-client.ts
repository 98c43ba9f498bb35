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

/** What a query gives. */
export interface PgResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What a connection that listens hears. */
export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A `Pool` of the package `pg`: where a store learns how to connect. */
export interface PostgresPool {
  /** What the pool makes its connections with. */
  readonly options: object;
  query(sql: string): Promise<unknown>;
}

type ClientClass = new (options: object) => PgClient;

/** How to make a connection that is not connected yet. */
export type MakeClient = () => Promise<PgClient>;

/**
 * Makes connections as a pool does. They are not of the pool: taking one of its own for good might
 * leave the user's queries none, and waiting for one would make a node look dead to the fleet
 * whenever its own queries keep the pool busy.
 */
export function clientsLike(pool: PostgresPool, connectTimeoutMs: number): MakeClient {
  const { options } = pool;
  // A pool hides its password from enumeration.
  const { password } = options as { readonly password?: unknown };
  return async () => {
    const Client = (pool as { readonly Client?: ClientClass }).Client ?? (await loadClient());
    return new Client({ ...options, ...ownOptions(connectTimeoutMs), password });
  };
}

/** Makes connections by a connection string. */
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
    // The store watches over its queries itself.
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
