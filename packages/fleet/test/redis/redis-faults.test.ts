import { afterEach, describe, expect, it, vi } from 'vitest';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startProxy, startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import type { Notice, CircuitMessage } from '@highway/fleet';
import { NotConnectedError, RedisStore } from '@highway/fleet/redis';
import type { RedisStoreOptions } from '@highway/fleet/redis';
import { operatorMessage } from '../../src/coordination/operator.ts';

type Address = Pick<RunningServer, 'host' | 'port'>;
const patience = { timeout: 20_000, interval: 10 };
const ends: (() => void)[] = [];

/** Clients without an error listener. */
const makers = {
  ioredis: async ({ host, port }: Address): Promise<RedisStoreOptions['client']> => {
    const client = new Redis({ host, port, retryStrategy: () => 20 });
    ends.push(() => client.disconnect());
    return client;
  },
  redis: async ({ host, port }: Address): Promise<RedisStoreOptions['client']> => {
    const client = createClient({ socket: { host, port, reconnectStrategy: 20 } });
    ends.push(() => client.destroy());
    await client.connect();
    return client;
  },
};

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Waits until a client knows that its connection is lost. */
async function expectLost(client: RedisStoreOptions['client']): Promise<void> {
  await vi.waitFor(() => {
    expect('status' in client ? client.status === 'ready' : client.isReady).toBe(false);
  }, patience);
}

const isolate: CircuitMessage = operatorMessage('payments', 'isolate');
const release: CircuitMessage = operatorMessage('payments', 'release');

/** Reads the state of the circuit, with a message that requests nothing. */
async function stateOf(store: RedisStore): Promise<string | undefined> {
  const question = { ...isolate };
  Reflect.deleteProperty(question, 'command');
  const [reply] = await store.exchange([question]);
  return reply?.unchanged ? undefined : reply?.state;
}

describe.each(['ioredis', 'redis'] as const)('RedisStore through %s', (kind) => {
  const make = makers[kind];

  it('continues after the server has forgotten its scripts', { timeout: 60_000 }, async () => {
    await using server = await startRedis();
    const store = new RedisStore({ client: await make(server) });
    await store.exchange([isolate]);
    const admin = new Redis(server);
    await admin.script('FLUSH');
    admin.disconnect();
    expect(await stateOf(store)).toBe('ISOLATED');
    expect(await store.view()).toHaveLength(1);
  });

  it(
    'rejects at once while the connection is lost, and recovers by itself',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      const client = await make(server);
      const store = new RedisStore({ client });
      const heard: Notice[] = [];
      const unsubscribe = await store.subscribe((change) => heard.push(change));
      await store.exchange([isolate]);
      await server.kill();
      await expectLost(client);
      await expect(store.exchange([isolate])).rejects.toThrow(NotConnectedError);
      await expect(store.view()).rejects.toThrow('not connected');
      await server.restart();
      await vi.waitFor(async () => expect(await stateOf(store)).toBe('CLOSED'), patience);
      // Resubscribing to the channel may take a moment longer.
      await vi.waitFor(async () => {
        const before = heard.length;
        await store.exchange([isolate, { ...isolate, circuit: 'search' }]);
        await store.exchange([release]);
        expect(heard.length).toBeGreaterThan(before);
      }, patience);
      await unsubscribe();
    },
  );

  it(
    'applies no command that was given while it had no connection',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      await using proxy = await startProxy(server);
      const client = await make(proxy);
      const store = new RedisStore({ client });
      expect(await stateOf(store)).toBe('CLOSED');
      await proxy.cut();
      await expectLost(client);
      await expect(store.exchange([isolate])).rejects.toThrow(NotConnectedError);
      await proxy.heal();
      await vi.waitFor(async () => expect(await stateOf(store)).toBe('CLOSED'), patience);
    },
  );

  it(
    'gives up subscribing to an unreachable server, and leaves nothing behind',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      const store = new RedisStore({ client: await make(server) });
      await store.exchange([isolate]);
      await server.kill();
      await expect(store.subscribe(() => undefined)).rejects.toThrow();
      await server.restart();
      await vi.waitFor(async () => expect(await stateOf(store)).toBe('CLOSED'), patience);
      const admin = new Redis(server);
      const clients = String(await admin.client('LIST'))
        .trim()
        .split('\n');
      admin.disconnect();
      expect(clients).toHaveLength(2);
    },
  );

  it('closes its own connection on unsubscribe', { timeout: 60_000 }, async () => {
    await using server = await startRedis();
    await using proxy = await startProxy(server);
    const store = new RedisStore({ client: await make(proxy) });
    await store.exchange([isolate]);
    const unsubscribe = await store.subscribe(() => undefined);
    expect(proxy.connections).toBe(2);
    await unsubscribe();
    await vi.waitFor(() => expect(proxy.connections).toBe(1), patience);
  });

  it(
    'passes malformed notices on, so that the fleet reports them',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      const store = new RedisStore({ client: await make(server) });
      const heard: unknown[] = [];
      const unsubscribe = await store.subscribe((change) => heard.push(change));
      const admin = new Redis(server);
      await admin.publish('highway:notices', 'nonsense');
      await admin.publish('highway:notices', 'x'.repeat(100_000));
      await vi.waitFor(() => expect(heard).toEqual(['nonsense', 'x'.repeat(4096)]), patience);
      admin.disconnect();
      await unsubscribe();
    },
  );

  it(
    'rejects if the server is out of memory, and changes nothing',
    { timeout: 60_000 },
    async () => {
      await using server = await startRedis();
      const store = new RedisStore({ client: await make(server) });
      expect(await stateOf(store)).toBe('CLOSED');
      const admin = new Redis(server);
      await admin.config('SET', 'maxmemory', '1');
      await expect(store.exchange([isolate])).rejects.toThrow('OOM');
      await admin.config('SET', 'maxmemory', '0');
      admin.disconnect();
      expect(await stateOf(store)).toBe('CLOSED');
    },
  );
});
