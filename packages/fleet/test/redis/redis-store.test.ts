import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { startProxy, startRedis } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { MalformedStateError } from '@highway/fleet';
import type { CircuitMessage } from '@highway/fleet';
import { RedisStore } from '@highway/fleet/redis';
import type { RedisStoreOptions } from '@highway/fleet/redis';
import { fullReplies, plainMessage } from '../../src/testing/conversation.ts';

let server: RunningServer;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server);
}, 60_000);

afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const day = 86_400_000;

describe('the options of a RedisStore', () => {
  it.each([
    [{ client: undefined }, /^client: undefined is invalid; expected a Redis or Cluster of/],
    [{ client: {} }, /^client: an object is invalid; expected a Redis or Cluster of/],
    [{ client: 'redis://localhost' }, /^client: a string is invalid/],
    [{ prefix: '' }, /^prefix: "" is invalid; expected a string of 1 to 100 characters/],
    [{ prefix: 'a{b}' }, /^prefix: "a\{b\}" is invalid/],
    [{ prefix: 'x'.repeat(101) }, /^prefix: "x+…" is invalid/],
    [{ now: 5 }, /^now: 5 is invalid; expected a function/],
    [{ clock: 1 }, /^clock: 1 is invalid; expected an object with now, setTimeout/],
    [
      { clok: 1 },
      /^RedisStore: unknown option "clok"; known options are client, prefix, clock, now/,
    ],
  ])('are rejected by name: %j', (options, message) => {
    const given = { client: admin, ...options } as unknown as RedisStoreOptions;
    expect(() => new RedisStore(given)).toThrow(message);
  });

  it('accept every client and cluster of both packages', () => {
    const clients = [
      new Redis({ lazyConnect: true }),
      new Cluster([{ port: 1 }], { lazyConnect: true }),
      createClient(),
      createCluster({ rootNodes: [] }),
      createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }),
    ];
    for (const client of clients) expect(() => new RedisStore({ client })).not.toThrow();
  });
});

describe('a value that is not a client for a RedisStore', () => {
  const pipeline = new Redis({ lazyConnect: true }).pipeline();
  it.each([
    [createClientPool(), /^client: a pool of createClientPool is invalid/],
    [createClient().legacy(), /^client: the result of legacy\(\) is invalid/],
    [createClient().multi(), /^client: /],
    [pipeline, /^client: a pipeline is invalid/],
    [{ evalsha: () => 1, eval: () => 1 }, /^client: a client without connections, as over HTTP/],
    [{ on: () => 1, evalSha: () => 1, eval: () => 1, subscribe: () => 1 }, /^client: an object/],
  ])('is rejected by name: %#', (client, message) => {
    expect(() => new RedisStore({ client } as unknown as RedisStoreOptions)).toThrow(message);
  });
});

describe('many RedisStores on one client', () => {
  it('add no more listeners to it than one does', () => {
    const client = new Redis({ lazyConnect: true });
    const listeners = (): number =>
      client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0);
    const before = listeners();
    for (let i = 0; i < 20; i++) new RedisStore({ client });
    expect(listeners() - before).toBeLessThanOrEqual(5);
  });
});

describe('a RedisStore', () => {
  it('knows whether there is a server even without a circuit', async () => {
    const client = new Redis({ port: 1, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    await expect(new RedisStore({ client }).exchange([])).rejects.toThrow();
    const closed = createClient();
    await expect(new RedisStore({ client: closed }).exchange([])).rejects.toThrow();
    expect(await new RedisStore({ client: admin }).exchange([])).toEqual([]);
  });

  it('uses the server’s clock', async () => {
    const store = new RedisStore({ client: admin, prefix: 'clock' });
    await store.exchange([plainMessage('payments', 'a')]);
    const seen = Number(await admin.hget('clock:{payments}:state', 'seenAt'));
    const [seconds] = await admin.time();
    expect(Math.abs(seen - Number(seconds) * 1000)).toBeLessThan(60_000);
  });

  it('keeps a circuit for a week after its last message', async () => {
    const store = new RedisStore({ client: admin, prefix: 'week' });
    const first = plainMessage('payments', 'a');
    const [reply] = await store.exchange([first]);
    const { version } = reply!;
    const voting = { version, open: true, span: 1000, failures: 3 };
    await store.exchange([{ ...first, ...voting }]);
    const keys = (await admin.keys('week:*')).sort();
    const circuit = ['buckets', 'members', 'state', 'totals', 'version', 'votes'];
    const mark = 'week:process:{processes}:a';
    const own = circuit.map((key) => `week:{payments}:${key}`);
    expect(keys).toEqual(['week:circuits', mark, ...own].sort());
    expect(await admin.pttl(mark)).toBeLessThanOrEqual(3000);
    keys.splice(keys.indexOf(mark), 1);
    const lives = await Promise.all(keys.map((key) => admin.pttl(key)));
    // The list of circuits lives a day longer than the circuits.
    const [list, ...others] = lives.map((ms) => Math.round((ms / day) * 10) / 10);
    expect(list).toBe(8);
    expect(new Set(others)).toEqual(new Set([7]));
  });

  it('no longer shows a deleted circuit, and starts a new generation of it', async () => {
    const store = new RedisStore({ client: admin, prefix: 'forgotten' });
    const [before] = await store.exchange([plainMessage('payments', 'a')]);
    await admin.del('forgotten:{payments}:state');
    expect(await store.view()).toEqual([]);
    const [after] = await store.exchange([plainMessage('payments', 'b')]);
    expect(after?.members).toBe(1);
    expect(after?.version.generation).not.toBe(before?.version.generation);
    expect(await store.view()).toHaveLength(1);
  });

  it('drops thousands of expired members', async () => {
    let time = 1_750_000_000_000;
    const store = new RedisStore({ client: admin, prefix: 'died', now: () => time });
    const members = Array.from({ length: 5000 }, (_, i) =>
      plainMessage('payments', `m${String(i)}`),
    );
    await Promise.all(members.map((message) => store.exchange([message])));
    expect((await store.view())[0]?.members).toBe(5000);
    time += 3000;
    const [reply] = await store.exchange([plainMessage('payments', 'late')]);
    expect(reply?.members).toBe(1);
    expect(await admin.hlen('died:{payments}:totals')).toBe(1);
  });

  it.each([
    ['state', 'epoch', 'x'],
    ['state', 'epoch', 'inf'],
    ['state', 'state', 'BROKEN'],
    ['state', 'covered', ''],
    ['totals', 'a', '1'],
    ['slots', '1', 'x'],
    ['slots', 'x', '5:0:a'],
    ['buckets', '17', '-1:0'],
  ])('rejects damage in %s, field %s: %j', async (key, field, value) => {
    const store = new RedisStore({ client: admin, prefix: 'damage' });
    await admin.del(...['state', 'totals', 'slots', 'buckets'].map((name) => `damage:{p}:${name}`));
    const message: CircuitMessage = { ...plainMessage('p', 'a'), span: 1000, failures: 1 };
    await store.exchange([message]);
    await admin.hset(`damage:{p}:${key}`, field, value);
    const before = await admin.dump('damage:{p}:state');
    await expect(store.exchange([message])).rejects.toThrow(MalformedStateError);
    expect(await admin.dump('damage:{p}:state')).toBe(before);
  });

  it('asks for all quiet circuits with one command, and marks its process with another', async () => {
    const store = new RedisStore({ client: admin, prefix: 'quiet' });
    const messages = Array.from({ length: 40 }, (_, i) => plainMessage(`c${String(i)}`, 'a'));
    const replies = fullReplies(await store.exchange(messages));
    const quiet = messages.map((message, i) => ({
      ...message,
      version: replies[i]!.version,
      quiet: replies[i]!.stamp,
    }));
    // The first one also looks if anything was evicted.
    await store.exchange(quiet);
    await admin.config('RESETSTAT');
    for (let i = 0; i < 10; i++) {
      const answers = await store.exchange(quiet);
      expect(answers.every(({ unchanged }) => unchanged)).toBe(true);
    }
    const stats = [
      ...(await admin.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm),
    ];
    const calls = new Map(stats.map(([, name, count]) => [name!, Number(count)]));
    expect(Object.fromEntries(calls)).toEqual({ 'config|resetstat': 1, mget: 10, set: 10 });
  });

  it('merges the messages of quiet circuits whose version was evicted or is damaged', async () => {
    const store = new RedisStore({ client: admin, prefix: 'evicted' });
    const names = ['one', 'two', 'three'];
    const messages = names.map((name) => plainMessage(name, 'a'));
    const replies = fullReplies(await store.exchange(messages));
    await admin.del('evicted:{one}:version');
    await admin.set('evicted:{two}:version', 'nonsense');
    const quiet = messages.map((message, i) => ({
      ...message,
      version: replies[i]!.version,
      quiet: replies[i]!.stamp,
    }));
    const first = await store.exchange(quiet);
    expect(first.map(({ unchanged = false }) => unchanged)).toEqual([false, false, true]);
    const second = await store.exchange(quiet);
    expect(second.map(({ unchanged = false }) => unchanged)).toEqual([true, true, true]);
  });

  it('goes on if the mark of a process is lost or damaged, and soon says again that nothing has changed', async () => {
    const store = new RedisStore({ client: admin, prefix: 'marked' });
    const message = plainMessage('payments', 'a');
    const [reply] = fullReplies(await store.exchange([message]));
    const quiet = { ...message, version: reply!.version, quiet: reply!.stamp };
    const isUnchanged = async () => (await store.exchange([quiet]))[0]?.unchanged ?? false;
    const mark = 'marked:process:{processes}:a';
    await admin.del(mark);
    expect([await isUnchanged(), await isUnchanged()]).toEqual([false, true]);
    await admin.del(mark);
    await admin.lpush(mark, 'x');
    await isUnchanged();
    await isUnchanged();
    expect([await isUnchanged(), await admin.type(mark)]).toEqual([true, 'string']);
  });

  it('shares a circuit with processes of a version that knows no quiet circuits', async () => {
    let time = 1_750_000_000_000;
    const store = new RedisStore({ client: admin, prefix: 'older', now: () => time });
    const long = { quietTtl: 600_000 };
    const [first] = await store.exchange([{ ...plainMessage('p', 'new'), ...long }]);
    // What such a process writes.
    await admin.hdel('older:{p}:state', 'stamp');
    await admin.zadd('older:{p}:members', time + 3000, 'old');
    await admin.hset('older:{p}:totals', 'old', '3:0');
    await admin.del('older:{p}:version');
    const vote = { ...plainMessage('p', 'new'), ...long, version: first!.version, open: true };
    time += 1000;
    expect(await store.exchange([vote])).toMatchObject([{ members: 2, votes: 1, stamp: time }]);
    time += 1999;
    expect(await store.exchange([vote])).toMatchObject([{ members: 2 }]);
    time += 1;
    expect(await store.exchange([vote])).toMatchObject([{ members: 1 }]);
  });

  it('rejects a message that no script could read', async () => {
    const store = new RedisStore({ client: admin, prefix: 'sent' });
    const message = plainMessage('payments', 'a');
    await expect(store.exchange([{ ...message, ttl: Infinity }])).rejects.toThrow(
      'ttl: Infinity is invalid; expected a finite number',
    );
    await expect(store.exchange([{ ...message, circuit: 'a}b' }])).rejects.toThrow('circuit');
    expect(await admin.keys('sent:*')).toEqual([]);
  });

  it('asks about any number of circuits in one round trip', async () => {
    await using proxy = await startProxy(server);
    const client = new Redis({ host: proxy.host, port: proxy.port });
    const store = new RedisStore({ client, prefix: 'trips' });
    const messages = Array.from({ length: 40 }, (_, i) => plainMessage(`c${String(i)}`, 'a'));
    await store.exchange(messages);
    proxy.delay(100);
    const started = performance.now();
    await store.exchange(messages);
    // Far less than two round trips of 200 ms.
    const took = performance.now() - started;
    proxy.delay(0);
    client.disconnect();
    expect(Math.floor(took / 200)).toBe(1);
  });
});
