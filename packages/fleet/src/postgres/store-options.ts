import type { Clock, Duration, Random } from '@highway/resilience';
import {
  callback,
  clockOption,
  flag,
  invalid,
  randomOption,
  readOptions,
} from '@highway/resilience/options';
import { invalidKind, readTimerMs } from '../options.ts';
import { clientsLike, clientsTo } from './pg-client.ts';
import type { MakeClient, PostgresPool } from './pg-client.ts';

/** Options of a `PostgresStore`. One of `pool` and `connectionString` must be given. */
export interface PostgresStoreOptions {
  /**
   * A `Pool` of the package `pg`. The store connects as the pool does, but takes no client of it: it
   * has one connection of its own, so that neither can make the other wait.
   */
  readonly pool?: PostgresPool | undefined;
  /** Where to connect to, as `postgres://user:password@host:5432/database`. */
  readonly connectionString?: string | undefined;
  /**
   * The schema that holds the store's tables: fleets with different ones don't know each other.
   * Letters, digits and underscores. Default: `highway_fleet`.
   */
  readonly schema?: string | undefined;
  /**
   * Whether the store creates its schema and brings it up to date. With `false` it only checks, for
   * a role that may not create anything. Default: `true`.
   */
  readonly migrate?: boolean | undefined;
  /**
   * How long the database may take to connect, and to answer, before the store gives its connection
   * up and makes another. From 10 ms to 1 day. Default: 2 s.
   */
  readonly timeout?: Duration | undefined;
  /** What its own waits go by. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 to below 1, which spread the attempts to connect again. Default: the system's. */
  readonly random?: Random | undefined;
  /** Milliseconds to go by instead of the server's clock. For tests alone. */
  readonly now?: (() => number) | undefined;
}

/** Options that have been checked. */
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

/** Checks the options; throws a `TypeError` or `RangeError` that names a bad one. */
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
    throw new TypeError('PostgresStore: takes either a pool or a connectionString');
  }
  if (pool !== undefined) {
    const { query, options: settings } = Object(pool) as Partial<PostgresPool>;
    const sound = typeof query === 'function' && typeof settings === 'object';
    // What it is made of may hold a password, so it isn't shown.
    if (!sound) invalidKind('pool', pool, 'a Pool of the package pg');
    return clientsLike(pool as PostgresPool, timeoutMs);
  }
  if (
    typeof connectionString !== 'string' ||
    !/^(postgres|postgresql|socket):/.test(connectionString)
  ) {
    throw new TypeError(
      'connectionString: it takes a text like postgres://user@host:5432/database',
    );
  }
  if (!isReadable(connectionString)) {
    // What Node and pg say of it holds all of it.
    throw new TypeError(
      'connectionString: it can not be read as a URL; in a password, characters such as "#", "/", "?" and ' +
        '"@" have to be written as %23, %2F, %3F and %40',
    );
  }
  return clientsTo(connectionString, timeoutMs);
}

/** As `pg` reads it: it allows for spaces, and for a host that is left out. */
function isReadable(connectionString: string): boolean {
  if (connectionString.startsWith('socket:')) return true;
  return [connectionString, connectionString.replace('@/', '@host/')].some((url) =>
    URL.canParse(url.replaceAll(' ', '%20'), 'postgres://base'),
  );
}

/** Names of schemas that Postgres keeps for itself begin with `pg_`; longer ones are cut by it. */
function readSchema(option: string, value: unknown = 'highway_fleet'): string {
  const sound = typeof value === 'string' && /^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value);
  if (sound) return value;
  return invalid(
    option,
    value,
    'up to 63 letters, digits and underscores that begin with no digit and not with pg_',
  );
}
