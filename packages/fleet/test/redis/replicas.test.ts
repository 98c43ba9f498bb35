import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Cluster, Redis } from 'ioredis';
import { createCluster } from 'redis';
import { startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { RedisStore } from '@highway/fleet/redis';
import { fullReplies, plainMessage } from '../../src/testing/conversation.ts';

const config = { 'cluster-enabled': 'yes' };
const patience = { timeout: 30_000, interval: 50 };

describe('a RedisStore whose client reads from the replicas of a cluster', () => {
  let servers: RunningServer[];
  let admins: Redis[];

  beforeAll(async () => {
    servers = [await startRedis({ config }), await startRedis({ config })];
    admins = servers.map((server) => new Redis(server));
    const [master, replica] = admins as [Redis, Redis];
    await master.cluster('ADDSLOTSRANGE', 0, 16_383);
    await replica.cluster('MEET', servers[0]!.host, servers[0]!.port);
    const id = await master.cluster('MYID');
    await vi.waitFor(() => replica.cluster('REPLICATE', id), patience);
    const says = async (command: () => Promise<unknown>, what: string) =>
      vi.waitFor(async () => expect(await command()).toContain(what), patience);
    await says(() => replica.info('replication'), 'link_status:up');
    await says(() => master.cluster('INFO'), 'cluster_state:ok');
    // Clients learn of the replica from this.
    const listed = async () => String(await master.cluster('SLOTS'));
    await says(listed, String(servers[1]!.port));
  }, 60_000);

  afterAll(async () => {
    for (const admin of admins) admin.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it.each(['ioredis', 'redis'] as const)('asks only masters for news, through %s', async (kind) => {
    const client =
      kind === 'ioredis'
        ? new Cluster(servers, { scaleReads: 'slave' })
        : await createCluster({
            rootNodes: servers.map(({ url }) => ({ url })),
            useReplicas: true,
          }).connect();
    const store = new RedisStore({ client, prefix: kind });
    const messages = ['one', 'two'].map((circuit) => plainMessage(circuit, 'a'));
    const replies = fullReplies(await store.exchange(messages));
    const quiet = messages.map((message, i) => ({
      ...message,
      version: replies[i]!.version,
      quiet: replies[i]!.stamp,
    }));
    await admins[1]!.config('RESETSTAT');
    const answers = await store.exchange(quiet);
    expect(answers.map(({ unchanged }) => unchanged)).toEqual([true, true]);
    expect(await store.view()).toHaveLength(2);
    const asked = (await admins[1]!.info('commandstats')).match(/cmdstat_(?:mget|exists|zscore)/g);
    expect(asked).toBeNull();
    if ('destroy' in client) client.destroy();
    else client.disconnect();
  });
});
