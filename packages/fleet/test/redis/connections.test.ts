import { afterEach, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis } from '@highway/servers';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { Fleet, quorum } from '@highway/fleet';
import type { FleetOptions } from '@highway/fleet';
import { RedisStore } from '@highway/fleet/redis';
import type { RedisStoreOptions } from '@highway/fleet/redis';
import { statusesOf } from '../support/statuses.ts';
import { Endpoint } from './endpoint.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}
const patience = { timeout: 20_000, interval: 20 };
const timeout = 60_000;
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Clients that queue without a limit what they cannot send. */
const makers = {
  ioredis: async ({ host, port }: Address): Promise<RedisStoreOptions['client']> => {
    const options = { maxRetriesPerRequest: null, retryStrategy: () => 50 };
    const client = new Redis(port, host, options);
    client.on('error', () => undefined);
    ends.push(() => client.disconnect());
    return client;
  },
  redis: async ({ host, port }: Address): Promise<RedisStoreOptions['client']> => {
    const client = createClient({ socket: { host, port, reconnectStrategy: 50 } });
    client.on('error', () => undefined);
    ends.push(() => client.destroy());
    client.connect().catch(() => undefined);
    return client;
  },
};

/** The number of commands that an `ioredis` client holds; `redis` does not reveal it. */
function heldBy(client: RedisStoreOptions['client']): number {
  const { offlineQueue, commandQueue } = client as {
    readonly offlineQueue?: ArrayLike<unknown>;
    readonly commandQueue?: ArrayLike<unknown>;
  };
  return (offlineQueue?.length ?? 0) + (commandQueue?.length ?? 0);
}

function admin({ host, port }: Address): Redis {
  const client = new Redis(port, host);
  ends.push(() => client.disconnect());
  return client;
}

function makeFleet(client: RedisStoreOptions['client'], options: Partial<FleetOptions> = {}) {
  const fleet = new Fleet({ store: new RedisStore({ client }), syncInterval: '100ms', ...options });
  fleet.attach(new CircuitBreakerPolicy({ name: 'payments' }), { trip: quorum('1/2') });
  const errors: { readonly code?: string; readonly message: string }[] = [];
  fleet.on('storeError', ({ error }) => errors.push(error as Error));
  return { fleet, errors };
}

describe.each(['ioredis', 'redis'] as const)('a fleet with a client of %s', (kind) => {
  const make = makers[kind];

  it('recovers soon after its server is a master again', { timeout }, async () => {
    await using server = await startRedis();
    const { fleet, errors } = makeFleet(await make(server));
    await fleet.join();
    expect(fleet.status).toBe('connected');
    const redis = admin(server);
    const statuses = statusesOf(fleet);
    await redis.replicaof(server.host, server.port);
    await expect.poll(() => statuses, patience).toContain('degraded');
    expect(errors.some(({ message }) => message.startsWith('READONLY'))).toBe(true);
    await redis.replicaof('NO', 'ONE');
    await expect.poll(() => fleet.status, patience).toBe('connected');
    await fleet.leave();
  });

  it(
    'switches to the new master when its server becomes a replica and keeps the connection',
    { timeout },
    async () => {
      await using first = await startRedis();
      await using second = await startRedis();
      await using endpoint = await Endpoint.open(first.port);
      const { fleet } = makeFleet(await make(endpoint));
      await fleet.join();
      endpoint.target = second.port;
      const statuses = statusesOf(fleet);
      await admin(first).replicaof(second.host, second.port);
      await expect.poll(() => statuses, patience).toContain('degraded');
      await expect.poll(() => fleet.status, patience).toBe('connected');
      // It also subscribes to the new master.
      const told = new Promise((resolve) => fleet.on('stateChange', resolve));
      await expect
        .poll(async () => (await admin(second).pubsub('NUMSUB', 'highway:notices'))[1], patience)
        .toBeGreaterThan(0);
      await makeFleet(await make(second)).fleet.isolate('payments');
      await told;
      await fleet.leave();
    },
  );

  it(
    'queues nothing in the client while there is no server, and nothing is sent later',
    { timeout },
    async () => {
      await using server = await startRedis();
      await server.kill();
      const client = await make(server);
      const options = { syncInterval: '10ms', syncTimeout: '10ms' };
      const { fleet, errors } = makeFleet(client, options);
      await fleet.join();
      await expect.poll(() => errors.length, patience).toBeGreaterThan(50);
      expect(heldBy(client)).toBe(0);
      await fleet.leave();
      await server.restart();
      const store = new RedisStore({ client });
      expect(await store.view()).toEqual([]);
    },
  );

  it('asks a hanging server only once, however long it hangs', { timeout }, async () => {
    await using server = await startRedis();
    const client = await make(server);
    const { fleet, errors } = makeFleet(client, { syncInterval: '10ms', syncTimeout: '10ms' });
    await fleet.join();
    await expect.poll(() => fleet.status, patience).toBe('connected');
    server.pause();
    const before = errors.length;
    await expect.poll(() => errors.length - before, patience).toBeGreaterThan(50);
    // One for the circuit and one for the process, and maybe two for the list or evicted keys.
    expect(heldBy(client)).toBeLessThanOrEqual(4);
    server.resume();
    await expect.poll(() => fleet.status, patience).toBe('connected');
    await fleet.leave();
  });

  it(
    'receives notices again after its connection for notices broke silently',
    { timeout },
    async () => {
      await using server = await startRedis();
      await using endpoint = await Endpoint.open(server.port);
      const { fleet, errors } = makeFleet(await make(endpoint), { syncInterval: '1h' });
      await fleet.join();
      expect(endpoint.dropListeners()).toBe(1);
      await expect
        .poll(() => errors.map(({ code }) => code), patience)
        .toContain('ERR_FLEET_NOTICES_LOST');
      await expect
        .poll(async () => (await admin(server).pubsub('NUMSUB', 'highway:notices'))[1], patience)
        .toBe(2);
      const told = new Promise((resolve) => fleet.on('stateChange', resolve));
      await makeFleet(await make(server)).fleet.isolate('payments');
      // Long before the next sync.
      await told;
      expect(fleet.states.get('payments')).toBe('ISOLATED');
      await fleet.leave();
    },
  );

  it(
    'stays connected and lists all circuits, whichever keys are evicted',
    { timeout },
    async () => {
      await using server = await startRedis();
      const { fleet, errors } = makeFleet(await make(server), { nodeId: 'a' });
      await fleet.join();
      const redis = admin(server);
      const keys = await redis.keys('highway:*');
      expect(keys.length).toBeGreaterThanOrEqual(3);
      for (const key of keys) {
        await redis.del(key);
        await fleet.sync();
        await expect
          .poll(async () => (await fleet.members()).map(({ nodeId }) => nodeId), patience)
          .toEqual(['a']);
      }
      expect([fleet.status, errors]).toEqual(['connected', []]);
      await fleet.leave();
    },
  );
});
