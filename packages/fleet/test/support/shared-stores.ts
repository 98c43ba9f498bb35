import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startPostgres, startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';

/** A store that processes can share, with control over its server. */
export interface SharedStore {
  readonly store: 'redis' | 'postgres';
  start(): Promise<RunningServer>;
  /** Makes the server answer with errors from now on. */
  fail(server: RunningServer): Promise<void>;
  accept(server: RunningServer): Promise<void>;
}

export const sharedStores: readonly SharedStore[] = [
  {
    store: 'redis',
    start: () => startRedis(),
    // Out of memory: the server rejects every write.
    fail: (server) => tellRedis(server, '1'),
    accept: (server) => tellRedis(server, '0'),
  },
  {
    store: 'postgres',
    start: () => startPostgres(),
    // Removes only the function: the store would recreate a missing schema.
    fail: (server) => tellPostgres(server, 'ALTER FUNCTION highway_fleet.exchange RENAME TO away'),
    accept: (server) =>
      tellPostgres(server, 'ALTER FUNCTION highway_fleet.away RENAME TO exchange'),
  },
];

async function tellRedis(server: RunningServer, maxmemory: string): Promise<void> {
  const client = new Redis(server.url);
  await client.config('SET', 'maxmemory', maxmemory);
  client.disconnect();
}

async function tellPostgres(server: RunningServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
