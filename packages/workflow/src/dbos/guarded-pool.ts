import type { Pool, PoolClient } from 'pg';
import { forDbos, isContention } from './database-errors.ts';

/** What a guarded pool asks and tells the database that it belongs to. */
export interface PoolGuard {
  /** Whether the pool has been closed, so that nothing need be tried again. */
  closed: boolean;
  /** How often the database, or the way to it, has failed. */
  failures: number;
}

/** What of a pool's client is used here; of `pg`, or of the embedded database. */
type Client = Pick<PoolClient, 'query' | 'release'>;
type Query = (...args: unknown[]) => unknown;

/**
 * A pool for DBOS, which has DBOS do again whatever the database refused, unless it would be refused
 * again. A connection on which something went wrong is not used any more: it may lead to a server that
 * has become a standby, or be in the middle of a transaction.
 */
export function guardPool(pool: Pool, guard: PoolGuard): Pool {
  const guarded = {
    get options() {
      return pool.options;
    },
    query: async (...args: unknown[]) => {
      try {
        return await (pool.query as (...args: unknown[]) => Promise<unknown>).apply(pool, args);
      } catch (error) {
        throw failed(guard, error);
      }
    },
    connect: async () => {
      try {
        return guardClient(guard, await pool.connect());
      } catch (error) {
        throw failed(guard, error);
      }
    },
  };
  return guarded as unknown as Pool;
}

function failed(guard: PoolGuard, error: unknown): unknown {
  // A pool that was closed stays closed.
  if (guard.closed) return error;
  guard.failures += 1;
  return forDbos(error);
}

// The clients whose queries are watched, and what is wrong with them.
const watched = new WeakMap<Client, { broken: boolean }>();

/** Watches a client until it is released. */
function guardClient<T extends Client>(guard: PoolGuard, client: T): T {
  const state = watched.get(client) ?? watch(guard, client);
  const release = client.release.bind(client);
  client.release = (destroy?: Error | boolean) => {
    release(destroy ?? state.broken);
  };
  return client;
}

function watch(guard: PoolGuard, client: Client): { broken: boolean } {
  const state = { broken: false };
  watched.set(client, state);
  const query = client.query.bind(client) as Query;
  const watching: Query = (...args) => {
    const result = query(...args);
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      const told = failed(guard, error);
      state.broken ||= told !== error && !(isContention(error) && !endsTransaction(args[0]));
      throw told;
    });
  };
  client.query = watching as Client['query'];
  return state;
}

/** Whether the statement would have ended a transaction, which may be open still. */
function endsTransaction(query: unknown): boolean {
  return typeof query === 'string' && /^\s*(COMMIT|ROLLBACK)\b/i.test(query);
}
