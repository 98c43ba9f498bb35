import type { Clock } from '@highway/resilience';
import { callback, checkKeys, clockOption, hasMethods, invalid } from '@highway/resilience/options';
import { invalidKind, invalidValue } from '../support/options.ts';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { connectIoRedis, isIoRedis } from './ioredis.ts';
import type { IoRedisClient } from './ioredis.ts';
import { connectNodeRedis, isNodeRedis } from './node-redis.ts';
import type { NodeRedisClient } from './node-redis.ts';

/** Options of a `RedisStore`. */
export interface RedisStoreOptions {
  /**
   * Your own client: a `Redis` or `Cluster` of `ioredis`, or a client, cluster or sentinel of `redis`.
   * Pools, pipelines and clients over HTTP are not allowed, because they cannot subscribe. The store
   * sends its commands through this client, and creates another of the same kind for notices, which ends
   * with yours. It adds an error listener to your client, because an error without a listener would end
   * the process; you can add your own.
   */
  readonly client: IoRedisClient | NodeRedisClient;
  /** The start of all keys. Fleets with different prefixes are separate. Default: `highway`. */
  readonly prefix?: string | undefined;
  /** The clock for the store's own timers. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** The time in ms, instead of the server's clock. Only for tests. */
  readonly now?: (() => number) | undefined;
}

/** The validated options. */
export interface ResolvedOptions {
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly clock: Clock;
  readonly now: (() => number) | undefined;
}

const longestPrefix = 100;
const readNow = callback<() => number>();

/** Validates the options of a `RedisStore`. */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  checkKeys('RedisStore', options, ['client', 'prefix', 'clock', 'now']);
  const { client, prefix = 'highway' } = options;
  if (
    typeof prefix !== 'string' ||
    !/^[^\p{Cc}{}]+$/u.test(prefix) ||
    prefix.length > longestPrefix
  ) {
    const allowed = `a string of 1 to ${longestPrefix} characters without braces or control characters`;
    invalid('prefix', prefix, allowed);
  }
  const now = readNow('now', options.now);
  const clock = clockOption('clock', options.clock);
  return { connection: connect(client, clock), prefix, clock, now };
}

function connect(client: unknown, clock: Clock): RedisConnection {
  if (!isClient(client)) {
    const mistaken = mistakenClient(client);
    if (mistaken !== undefined) throw invalidValue('client', mistaken, allowedClients);
    return invalidKind('client', client, allowedClients);
  }
  const connection = isIoRedis(client)
    ? connectIoRedis(client, clock)
    : connectNodeRedis(client, clock);
  return endWith(lifeOf(client), connection);
}

const allowedClients =
  'a Redis or Cluster of the package "ioredis", or the result of createClient, createCluster or ' +
  'createSentinel of the package "redis"';

const clientMethods = ['eval', 'set', 'del', 'duplicate', 'connect', 'subscribe', 'on', 'off'];

/** Whether it is a client of either package, with all methods that the store needs later. */
function isClient(client: unknown): client is IoRedisClient | NodeRedisClient {
  if (typeof client !== 'object' || client === null) return false;
  if (!hasMethods(client, clientMethods)) return false;
  if (isIoRedis(client)) {
    return hasMethods(client, ['disconnect', 'mget']) && typeof client.status === 'string';
  }
  return (
    isNodeRedis(client) &&
    hasMethods(client, ['destroy', 'mGet']) &&
    typeof client.isReady === 'boolean'
  );
}

/** Names a value that is easily mistaken for a client. */
function mistakenClient(given: unknown): string | undefined {
  const is = (...methods: string[]): boolean => hasMethods(given, methods);
  if (is('execute', 'evalSha', 'close')) return 'a pool of createClientPool';
  if (is('evalSha', 'sendCommand') && !is('on')) return 'the result of legacy()';
  if (is('exec', 'evalsha')) return 'a pipeline';
  if (is('exec', 'evalSha')) return 'the result of multi()';
  if (is('evalsha') && !is('on')) return 'a client without connections, as over HTTP,';
  return undefined;
}

/** What the stores of one client share. */
interface ClientLife {
  closed: boolean;
  /** Functions that end the connections for notices. */
  readonly ends: Set<() => void>;
}

const lives = new WeakMap<object, ClientLife>();

function lifeOf(client: IoRedisClient | NodeRedisClient): ClientLife {
  const known = lives.get(client);
  if (known !== undefined) return known;
  const life: ClientLife = { closed: false, ends: new Set() };
  lives.set(client, life);
  // An error event without a listener would end the process. Commands reject by themselves.
  client.on('error', () => undefined);
  const emitter = client as { on(event: string, listener: () => void): unknown };
  for (const event of ['end', 'disconnect']) {
    emitter.on(event, () => {
      life.closed = true;
      for (const end of [...life.ends]) end();
    });
  }
  for (const event of ['connect', 'ready']) {
    emitter.on(event, () => {
      life.closed = false;
    });
  }
  return life;
}

/**
 * Ends the connections for notices when the user closes the client: otherwise they would keep the process
 * alive, and nobody else can close them.
 */
function endWith(life: ClientLife, connection: RedisConnection): RedisConnection {
  const subscribe: RedisConnection['subscribe'] = async (...args) => {
    if (life.closed) throw new NotConnectedError();
    const stop = await connection.subscribe(...args);
    const end = (): void => {
      life.ends.delete(end);
      stop();
    };
    life.ends.add(end);
    // The client may have been closed meanwhile.
    if (life.closed as boolean) end();
    return end;
  };
  return Object.create(connection, { subscribe: { value: subscribe } }) as RedisConnection;
}
