import type { Clock, Duration, Random } from '@highway/resilience';
import {
  callback,
  clockOption,
  flag,
  invalid,
  randomOption,
  readOptions,
} from '@highway/resilience/options';
import { invalidKind, readTimerMs } from '../support/options.ts';
import { clientsLike, clientsTo } from './pg-client.ts';
import type { MakeClient, PostgresPool } from './pg-client.ts';

/** Options of a `PostgresStore`. Either `pool` or `connectionString` is required. */
export interface PostgresStoreOptions {
  /**
   * A `Pool` of the package `pg`. The store uses the pool's settings but none of its clients: it has its
   * own connection, so that neither can make the other wait.
   */
  readonly pool?: PostgresPool | undefined;
  /** The database to connect to, like `postgres://user:password@host:5432/database`. */
  readonly connectionString?: string | undefined;
  /**
   * The schema of the store's tables. Fleets with different schemas are separate. Letters, digits and
   * underscores. Default: `highway_fleet`.
   */
  readonly schema?: string | undefined;
  /**
   * Whether the store creates its schema and brings it up to date. With `false` it only checks, so a
   * role without the right to create anything suffices. Default: `true`.
   */
  readonly migrate?: boolean | undefined;
  /**
   * How long the database may take to connect and to answer before the store reconnects. From 10 ms to
   * 1 day. Default: 2 s.
   */
  readonly timeout?: Duration | undefined;
  /** The clock for the store's own timers. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** The random source, which spreads reconnections: numbers from 0 to below 1. Default: the system's. */
  readonly random?: Random | undefined;
  /** The time in ms, instead of the server's clock. Only for tests. */
  readonly now?: (() => number) | undefined;
}

/** The validated options. */
export interface ResolvedOptions {
  readonly makeClient: MakeClient;
  readonly schema: string;
  readonly migrate: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly now: (() => number) | undefined;
}

const readers = {
  pool: (_: string, value: unknown): unknown => value,
  connectionString: (_: string, value: unknown): unknown => value,
  schema: readSchema,
  migrate: flag(true),
  timeout: (option: string, value: unknown = 2000): number => readTimerMs(option, value),
  clock: clockOption,
  random: randomOption,
  now: callback<() => number>(),
};

/** Validates the options; throws a `TypeError` or `RangeError` that names an invalid one. */
export function resolveOptions(options: PostgresStoreOptions): ResolvedOptions {
  const { pool, connectionString, timeout, ...read } = readOptions(
    'PostgresStore',
    options,
    readers,
  );
  const makeClient = resolveClients({ pool, connectionString }, timeout);
  return { ...read, makeClient, timeoutMs: timeout };
}

function resolveClients(
  { pool, connectionString }: { readonly pool: unknown; readonly connectionString: unknown },
  timeoutMs: number,
): MakeClient {
  if ((pool === undefined) === (connectionString === undefined)) {
    throw new TypeError('PostgresStore: pass either pool or connectionString');
  }
  if (pool !== undefined) {
    const { query, options: settings } = Object(pool) as Partial<PostgresPool>;
    const sound = typeof query === 'function' && typeof settings === 'object';
    // Its content may include a password, so it is not shown.
    if (!sound) invalidKind('pool', pool, 'a Pool of the package pg');
    return clientsLike(pool as PostgresPool, timeoutMs);
  }
  if (
    typeof connectionString !== 'string' ||
    !/^(postgres|postgresql|socket):/.test(connectionString)
  ) {
    throw new TypeError(
      'connectionString: expected a string such as postgres://user@host:5432/database',
    );
  }
  if (!isReadable(connectionString)) {
    // The errors of Node and pg would contain the whole string.
    throw new TypeError(
      'connectionString: not a valid URL; in a password, write characters such as "#", "/", "?" and ' +
        '"@" as %23, %2F, %3F and %40',
    );
  }
  return clientsTo(connectionString, timeoutMs);
}

/** Reads it like `pg`, which allows spaces and a missing host. */
function isReadable(connectionString: string): boolean {
  if (connectionString.startsWith('socket:')) return true;
  return [connectionString, connectionString.replace('@/', '@host/')].some((url) =>
    URL.canParse(url.replaceAll(' ', '%20'), 'postgres://base'),
  );
}

/** Postgres reserves names that start with `pg_`, and truncates longer ones. */
function readSchema(option: string, value: unknown = 'highway_fleet'): string {
  const sound = typeof value === 'string' && /^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value);
  if (sound) return value;
  return invalid(
    option,
    value,
    'a name of up to 63 letters, digits and underscores that does not start with a digit or pg_',
  );
}
