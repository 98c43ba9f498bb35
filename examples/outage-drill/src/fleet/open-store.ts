import type { FleetStore } from '@highway/fleet';
import { PostgresStore } from '@highway/fleet/postgres';
import { RedisStore } from '@highway/fleet/redis';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { StoreLocation } from './fleet-plan.ts';

/** A store with its own connection. */
export interface OpenStore {
  readonly store: FleetStore;
  /** Removes all data of the drill. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 3000;

/** Opens a store; rejects if it is unreachable. */
export function openStore(location: StoreLocation): Promise<OpenStore> {
  return location.kind === 'redis' ? openRedis(location) : Promise.resolve(openPostgres(location));
}

async function openRedis({ url, space }: StoreLocation): Promise<OpenStore> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: connectTimeoutMs });
  let reason: unknown;
  client.on('error', (error) => (reason = error));
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    // The client only says that there is no connection; its error event says why.
    throw reason ?? error;
  }
  return {
    store: new RedisStore({ client, prefix: space }),
    clear: async () => {
      for await (const keys of client.scanStream({ match: `${space}:*` })) {
        const found = keys as string[];
        if (found.length > 0) await client.unlink(...found);
      }
    },
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

function openPostgres({ url, space }: StoreLocation): OpenStore {
  const store = new PostgresStore({ connectionString: url, schema: space });
  return {
    store,
    clear: async () => {
      const client = new pg.Client(url);
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS ${space} CASCADE`).finally(() => client.end());
    },
    close: () => store.close(),
  };
}
