import type { Clock } from '@highway/resilience';
import { readClock, refuseOption, refuseUnknown } from '../options.ts';
import type { RedisConnection } from './connection.ts';
import { connectIoRedis, isIoRedis } from './ioredis.ts';
import type { IoRedisClient } from './ioredis.ts';
import { connectNodeRedis, isNodeRedis } from './node-redis.ts';
import type { NodeRedisClient } from './node-redis.ts';

/** Options of a `RedisStore`. */
export interface RedisStoreOptions {
  /**
   * The user's own client: a `Redis` or `Cluster` of `ioredis`, or a client or cluster of `redis`.
   * The store sends its commands by it, and makes another of the same kind to hear of changes. It
   * listens to the client's errors, which would end the process if nobody did; its user can, too.
   */
  readonly client: IoRedisClient | NodeRedisClient;
  /** What all keys begin with: fleets with different ones don't know each other. Default: `highway`. */
  readonly prefix?: string;
  /** What its own waits go by. Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds to go by instead of the server's clock. For tests alone. */
  readonly now?: () => number;
}

/** Options that have been checked. */
export interface ResolvedOptions {
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly clock: Clock;
  readonly now: (() => number) | undefined;
}

const longestPrefix = 100;
const heardClients = new WeakSet();

/** Checks the options of a `RedisStore`. */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  refuseUnknown('RedisStore', options, ['client', 'prefix', 'clock', 'now']);
  const { client, prefix = 'highway', now } = options;
  if (
    typeof prefix !== 'string' ||
    !/^[^\p{Cc}{}]+$/u.test(prefix) ||
    prefix.length > longestPrefix
  ) {
    const allowed = `a text of 1 to ${longestPrefix} characters without braces and control characters`;
    refuseOption('prefix', prefix, allowed);
  }
  if (now !== undefined && typeof now !== 'function') refuseOption('now', now, 'a function');
  const clock = readClock(options.clock);
  return { connection: connect(client, clock), prefix, clock, now };
}

function connect(client: unknown, clock: Clock): RedisConnection {
  if (typeof client === 'object' && client !== null) {
    const connection = isIoRedis(client)
      ? connectIoRedis(client, clock)
      : isNodeRedis(client)
        ? connectNodeRedis(client, clock)
        : undefined;
    if (connection !== undefined) {
      hearErrors(client as IoRedisClient | NodeRedisClient);
      return connection;
    }
  }
  const shown = typeof client === 'object' && client !== null ? 'another object' : client;
  return refuseOption('client', shown, 'a client of the package "ioredis" or "redis"');
}

/** Commands reject on their own; an error event that nobody listens to would end the process. */
function hearErrors(client: IoRedisClient | NodeRedisClient): void {
  if (heardClients.has(client)) return;
  heardClients.add(client);
  client.on('error', () => undefined);
}
