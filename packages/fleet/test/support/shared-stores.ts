import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startPostgres, startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';

/** A store that processes can share, and what its server can be made to do. */
export interface SharedStore {
  readonly store: 'redis' | 'postgres';
  start(): Promise<RunningServer>;
  /** Has the server answer with errors from now on. */
  refuse(server: RunningServer): Promise<void>;
  accept(server: RunningServer): Promise<void>;
}

export const sharedStores: readonly SharedStore[] = [
  {
    store: 'redis',
    start: () => startRedis(),
    // Out of memory: whatever writes is refused.
    refuse: (server) => tellRedis(server, '1'),
    accept: (server) => tellRedis(server, '0'),
  },
  {
    store: 'postgres',
    start: () => startPostgres(),
    // What the store calls isn't there; a schema that is missing it would make again.
    refuse: (server) =>
      tellPostgres(server, 'ALTER FUNCTION highway_fleet.exchange RENAME TO away'),
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
