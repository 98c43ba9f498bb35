import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { startRedis, startRedisCluster, valkeyAvailable } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { RedisStore } from '@highway/fleet/redis';
import type { RedisStoreOptions } from '@highway/fleet/redis';
import { storeContract } from '@highway/fleet/testing';
import { chosen, keysOf } from './redis-servers.ts';
import { operatorMessage } from '../../src/coordination/operator.ts';

const source = readFileSync(new URL('../../src/redis/redis-store.ts', import.meta.url), 'utf8');
const password = 'password';
const flavours = (await valkeyAvailable()) ? (['redis', 'valkey'] as const) : (['redis'] as const);

/** The rules of `ACL SETUSER`, as the store documents them. */
const rules = [
  ...(/ACL SETUSER fleet ([^]*?)\n \*\n/.exec(source)?.[1] ?? '').matchAll(/[^\s*]\S*/g),
].map(([rule]) => rule);

const makers = {
  ioredis: async ({ host, port }: RunningServer) =>
    new Redis({ host, port, username: 'fleet', password }),
  redis: ({ host, port }: RunningServer) =>
    createClient({ username: 'fleet', password, socket: { host, port } }).connect(),
};

function end(client: RedisStoreOptions['client']): void {
  if ('destroy' in client) client.destroy();
  else client.disconnect();
}

/** Runs the whole contract as a user with the documented permissions. */
async function runContract(
  server: RunningServer,
  admin: Redis,
  kind: keyof typeof makers,
): Promise<void> {
  const client = await makers[kind](server);
  let time = 0;
  const [store, peer] = [0, 1].map(() => new RedisStore({ client, now: () => time }));
  for (const { run } of storeContract) {
    await admin.flushdb();
    await run({
      store: store!,
      peer: peer!,
      setTime: (ms) => {
        time = ms;
      },
      reset: async () => {
        await admin.flushdb();
      },
      damage: async (circuit) => {
        await admin.set(`highway:{${circuit}}:state`, '');
      },
      parts: keysOf('highway', '').length,
      lose: async (circuit, which) => {
        await Promise.all(chosen(keysOf('highway', circuit), which).map((key) => admin.del(key)));
      },
    });
  }
  // Also with the server's own clock.
  await new RedisStore({ client }).exchange([]);
  await new RedisStore({ client }).view();
  end(client);
}

describe.each(flavours)('a user of %s with the documented permissions', (flavour) => {
  it(
    'can do everything that the store does, with either client',
    { timeout: 300_000 },
    async () => {
      await using server = await startRedis({ flavour });
      const admin = new Redis(server);
      await admin.acl('SETUSER', 'fleet', 'on', ...rules);
      await admin.config('RESETSTAT');
      await runContract(server, admin, 'ioredis');
      await runContract(server, admin, 'redis');
      const used = [
        ...(await admin.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=/gm),
      ].map(([, command]) => `+${command!}`);
      const documented = rules.filter((rule) => rule.startsWith('+'));
      // Clients of a cluster set their name, and read its state and its slots.
      expect(documented.filter((rule) => !used.includes(rule))).toEqual([
        '+client|setname',
        '+cluster|info',
        '+cluster|slots',
      ]);
      admin.disconnect();
    },
  );

  it('cannot use any other key, command or channel', { timeout: 60_000 }, async () => {
    await using server = await startRedis({ flavour });
    const admin = new Redis(server);
    await admin.acl('SETUSER', 'fleet', 'on', ...rules);
    const client = await makers.ioredis(server);
    await expect(client.hget('other', 'field')).rejects.toThrow('NOPERM');
    await expect(client.get('highway:circuits')).rejects.toThrow('NOPERM');
    await expect(client.publish('other', '')).rejects.toThrow('NOPERM');
    await expect(client.keys('*')).rejects.toThrow('NOPERM');
    admin.disconnect();
    client.disconnect();
  });
});

describe('a user of a cluster with the documented permissions', () => {
  it('can do everything that the store does, with either client', { timeout: 60_000 }, async () => {
    await using cluster = await startRedisCluster();
    const admins = cluster.nodes.map((node) => new Redis(node));
    for (const admin of admins) await admin.acl('SETUSER', 'fleet', 'on', ...rules);
    const login = { username: 'fleet', password };
    const one = new Cluster([...cluster.nodes], { redisOptions: login });
    const other = createCluster({
      rootNodes: cluster.nodes.map(({ url }) => ({ url })),
      defaults: login,
    });
    await other.connect();
    const circuits = Array.from({ length: 20 }, (_, i) => `circuit ${String(i)}`);
    for (const [i, client] of [one, other].entries()) {
      const store = new RedisStore({ client });
      const heard = new Set<string>();
      const unsubscribe = await store.subscribe(({ circuit }) => heard.add(circuit));
      const command = i === 0 ? 'isolate' : 'release';
      await store.exchange(circuits.map((circuit) => operatorMessage(circuit, command)));
      await vi.waitFor(() => expect([...heard].sort()).toEqual([...circuits].sort()), 20_000);
      expect(await store.view()).toHaveLength(20);
      await unsubscribe();
      end(client);
    }
    const denied = await Promise.all(admins.map((admin) => admin.acl('LOG')));
    expect(denied.flat()).toEqual([]);
    for (const admin of admins) admin.disconnect();
  });
});
