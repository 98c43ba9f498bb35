import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { RedisStore } from '@highway/fleet/redis';

describe('a client that the user closes', () => {
  let server: RunningServer;
  let admin: Redis;

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, server.host);
  });

  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  const connections = async (): Promise<number> =>
    String(await admin.client('LIST'))
      .trim()
      .split('\n').length;

  it.each([
    [
      'ioredis',
      async () => {
        const client = new Redis(server.port, server.host);
        return { client, close: (): unknown => client.quit() };
      },
    ],
    [
      'redis',
      async () => {
        const client = await createClient({ url: server.url }).connect();
        return { client, close: (): unknown => client.close() };
      },
    ],
  ])('of %s ends the store’s other connections with it', async (_, make) => {
    const { client, close } = await make();
    const store = new RedisStore({ client });
    await store.subscribe(() => undefined);
    expect(await connections()).toBe(3);
    await close();
    // Nothing keeps the process alive any more.
    await expect.poll(connections, { timeout: 10_000 }).toBe(1);
    await expect(store.subscribe(() => undefined)).rejects.toThrow('not connected');
    expect(await connections()).toBe(1);
  });
});
