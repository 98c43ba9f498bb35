import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { startRedis, startRedisCluster } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import type { RedisStoreOptions } from '@highway/fleet/redis';

export type ClientKind = 'ioredis' | 'redis';
type Client = RedisStoreOptions['client'];

const keyNames = ['state', 'members', 'votes', 'totals', 'slots', 'buckets', 'version'];

/** The keys of a circuit, and the list of all circuits as the last one. */
export function keysOf(prefix: string, circuit: string): readonly string[] {
  return [...keyNames.map((key) => `${prefix}:{${circuit}}:${key}`), `${prefix}:circuits`];
}

/** The values whose bits are set. */
export function chosen<T>(parts: readonly T[], bits: number): readonly T[] {
  return parts.filter((_, i) => (bits >> i) % 2 === 1);
}

/** The servers that hold one store's data, and clients for them. */
export interface RedisServers {
  readonly nodes: readonly RunningServer[];
  connect(kind: ClientKind): Promise<Client>;
  /** Deletes all data. */
  flush(): Promise<void>;
  /** Overwrites a key with a value. */
  overwrite(key: string, value: string): Promise<void>;
  /** Deletes keys, like a server that evicts them. */
  drop(keys: readonly string[]): Promise<void>;
  /** Closes the clients, then stops the servers. */
  stop(): Promise<void>;
}

/** Starts one server. */
export async function oneServer(flavour: 'redis' | 'valkey'): Promise<RedisServers> {
  const server = await startRedis({ flavour });
  const { host, port, url } = server;
  return withClients([server], new Redis({ host, port }), {
    ioredis: async () => new Redis({ host, port }),
    redis: () => createClient({ url }).connect(),
  });
}

/** Starts a cluster of three masters. */
export async function threeMasters(): Promise<RedisServers> {
  const cluster = await startRedisCluster(3);
  const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
  const startup = cluster.nodes.map(({ host, port }) => ({ host, port }));
  return withClients(cluster.nodes, new Cluster(startup), {
    ioredis: async () => new Cluster(startup),
    redis: async () => {
      const client = createCluster({ rootNodes });
      await client.connect();
      return client;
    },
  });
}

function withClients(
  nodes: readonly RunningServer[],
  admin: Redis | Cluster,
  makers: Record<ClientKind, () => Promise<Client>>,
): RedisServers {
  const ends: (() => void)[] = [
    () => {
      admin.disconnect();
    },
  ];
  return {
    nodes,
    connect: async (kind) => {
      const client = await makers[kind]();
      ends.push(() => {
        if ('destroy' in client) client.destroy();
        else client.disconnect();
      });
      return client;
    },
    flush: async () => {
      const masters = admin instanceof Cluster ? admin.nodes('master') : [admin];
      await Promise.all(masters.map((master) => master.flushall()));
    },
    overwrite: async (key, value) => {
      await admin.set(key, value);
    },
    drop: async (keys) => {
      await Promise.all(keys.map((key) => admin.del(key)));
    },
    stop: async () => {
      for (const end of ends) end();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
