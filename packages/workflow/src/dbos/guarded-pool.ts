import type { Pool, PoolClient } from 'pg';
import { wrapForDbos, isContention } from './database-errors.ts';

/** The state that a guarded pool shares with its database. */
export interface PoolGuard {
  /** Whether the pool has been closed: then nothing is retried. */
  closed: boolean;
  /** How often the database, or the connection to it, has failed. */
  failures: number;
}

/** The part of a client that is used here, of `pg` or of the embedded database. */
type Client = Pick<PoolClient, 'query' | 'release'>;
type Query = (...args: unknown[]) => unknown;

/**
 * Wraps a pool so that DBOS repeats whatever the database rejects, unless the error is permanent. A
 * connection with an error is not used any more: its server may have become a standby, or it may still
 * be in a transaction.
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
  // After a close, errors are expected, and final.
  if (guard.closed) return error;
  guard.failures += 1;
  return wrapForDbos(error);
}

// The clients whose queries are watched, and whether their connections are broken.
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
      const wrapped = failed(guard, error);
      state.broken ||= wrapped !== error && !(isContention(error) && !endsTransaction(args[0]));
      throw wrapped;
    });
  };
  client.query = watching as Client['query'];
  return state;
}

/** Whether the statement would have ended a transaction, which may still be open. */
function endsTransaction(query: unknown): boolean {
  return typeof query === 'string' && /^\s*(COMMIT|ROLLBACK)\b/i.test(query);
}
