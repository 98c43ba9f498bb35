import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valkeyAvailable } from '@highway/servers';
import { RedisStore } from '@highway/fleet/redis';
import { storeContract } from '@highway/fleet/testing';
import type { StoreHarness } from '@highway/fleet/testing';
import { chosen, keysOf, oneServer, threeMasters } from '../redis/redis-servers.ts';
import type { ClientKind, RedisServers } from '../redis/redis-servers.ts';

const kinds: readonly [string, () => Promise<RedisServers>][] = [
  ['Redis', () => oneServer('redis')],
  ['a Redis Cluster', threeMasters],
];
const valkey: typeof kinds = (await valkeyAvailable())
  ? [['Valkey', () => oneServer('valkey')]]
  : [];
const places = [...kinds, ...valkey].flatMap(([name, start]) =>
  (['ioredis', 'redis'] as const).map((client) => ({ name, start, client })),
);

let prefixes = 0;

async function makeHarness(servers: RedisServers, client: ClientKind): Promise<StoreHarness> {
  const prefix = `contract-${String(++prefixes)}`;
  let time = 0;
  const make = async () =>
    new RedisStore({ client: await servers.connect(client), prefix, now: () => time });
  return {
    store: await make(),
    peer: await make(),
    setTime: (ms) => {
      time = ms;
    },
    reset: () => servers.flush(),
    damage: (circuit) => servers.overwrite(`${prefix}:{${circuit}}:state`, 'nonsense'),
    parts: keysOf(prefix, '').length,
    lose: (circuit, which) => servers.drop(chosen(keysOf(prefix, circuit), which)),
  };
}

describe.each(places)('RedisStore on $name through $client', ({ start, client }) => {
  let servers: RedisServers;

  beforeAll(async () => {
    servers = await start();
  }, 60_000);

  afterAll(async () => {
    await servers.stop();
  });

  it.each(storeContract)('$name', { timeout: 60_000 }, async ({ run }) => {
    await expect(run(await makeHarness(servers, client))).resolves.toBeUndefined();
  });
});
