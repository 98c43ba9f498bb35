import type { Clock } from '@highway/resilience';
import { callback, checkKeys, clockOption, hasMethods, invalid } from '@highway/resilience/options';
import { invalidKind, invalidValue } from '../options.ts';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { connectIoRedis, isIoRedis } from './ioredis.ts';
import type { IoRedisClient } from './ioredis.ts';
import { connectNodeRedis, isNodeRedis } from './node-redis.ts';
import type { NodeRedisClient } from './node-redis.ts';

/** Options of a `RedisStore`. */
export interface RedisStoreOptions {
  /**
   * The user's own client: a `Redis` or `Cluster` of `ioredis`, or a client, cluster or sentinel of
   * `redis`. Pools, pipelines and clients over HTTP are refused: they can't listen.
   * The store sends its commands by it, and makes another of the same kind to hear of changes,
   * which ends with it. It
   * listens to the client's errors, which would end the process if nobody did; its user can, too.
   */
  readonly client: IoRedisClient | NodeRedisClient;
  /** What all keys begin with: fleets with different ones don't know each other. Default: `highway`. */
  readonly prefix?: string | undefined;
  /** What its own waits go by. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Milliseconds to go by instead of the server's clock. For tests alone. */
  readonly now?: (() => number) | undefined;
}

/** Options that have been checked. */
export interface ResolvedOptions {
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly clock: Clock;
  readonly now: (() => number) | undefined;
}

const longestPrefix = 100;
const readNow = callback<() => number>();

/** Checks the options of a `RedisStore`. */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  checkKeys('RedisStore', options, ['client', 'prefix', 'clock', 'now']);
  const { client, prefix = 'highway' } = options;
  if (
    typeof prefix !== 'string' ||
    !/^[^\p{Cc}{}]+$/u.test(prefix) ||
    prefix.length > longestPrefix
  ) {
    const allowed = `a text of 1 to ${longestPrefix} characters without braces and control characters`;
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
  'a Redis or Cluster of the package "ioredis", or what createClient, createCluster or createSentinel of ' +
  'the package "redis" gives';

const clientMethods = ['eval', 'duplicate', 'connect', 'subscribe', 'on', 'off'];

/** What a client of either package can do, beside running scripts: it is needed later than now. */
function isClient(client: unknown): client is IoRedisClient | NodeRedisClient {
  if (typeof client !== 'object' || client === null) return false;
  if (!hasMethods(client, clientMethods)) return false;
  if (isIoRedis(client)) {
    return hasMethods(client, ['disconnect']) && typeof client.status === 'string';
  }
  return (
    isNodeRedis(client) && hasMethods(client, ['destroy']) && typeof client.isReady === 'boolean'
  );
}

/** What was given in place of a client, if it is something that is easily taken for one. */
function mistakenClient(given: unknown): string | undefined {
  const is = (...methods: string[]): boolean => hasMethods(given, methods);
  if (is('execute', 'evalSha', 'close')) return 'a pool of createClientPool';
  if (is('evalSha', 'sendCommand') && !is('on')) return 'what legacy() gives';
  if (is('exec', 'evalsha')) return 'a pipeline';
  if (is('exec', 'evalSha')) return 'what multi() gives';
  if (is('evalsha') && !is('on')) return 'a client without connections, as over HTTP,';
  return undefined;
}

/** What the stores of one client know of it together. */
interface ClientLife {
  closed: boolean;
  /** Ends the connections that were made beside it. */
  readonly ends: Set<() => void>;
}

const lives = new WeakMap<object, ClientLife>();

function lifeOf(client: IoRedisClient | NodeRedisClient): ClientLife {
  const known = lives.get(client);
  if (known !== undefined) return known;
  const life: ClientLife = { closed: false, ends: new Set() };
  lives.set(client, life);
  // Commands reject on their own; an error event that nobody listens to would end the process.
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
 * Ends the connections that were made to hear of changes when their user closes the client: nobody
 * knows of them, and they would keep the process alive.
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
    // It may have been closed meanwhile.
    if (life.closed as boolean) end();
    return end;
  };
  return Object.create(connection, { subscribe: { value: subscribe } }) as RedisConnection;
}
