import type { Clock } from '@highway/resilience';
import { openSubscriber } from './connection.ts';
import type { RedisConnection, Subscriber } from './connection.ts';

/** A `Redis` or `Cluster` of the package `ioredis`, as far as the store needs it. */
export interface IoRedisClient {
  readonly status: string;
  readonly isCluster: boolean;
  evalsha(sha1: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(text: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  duplicate(...overrides: never[]): IoRedisClient;
  connect(): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  disconnect(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'message', listener: (channel: string, text: string) => void): unknown;
}

/** Whether a client is one of `ioredis`. */
export function isIoRedis(client: object): client is IoRedisClient {
  return typeof (client as Partial<IoRedisClient>).evalsha === 'function';
}

/** Talks by a client of `ioredis`. */
export function connectIoRedis(client: IoRedisClient, clock: Clock): RedisConnection {
  return {
    get isReady() {
      return client.status === 'ready';
    },
    evalSha: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    eval: (text, keys, args) => client.eval(text, keys.length, ...keys, ...args),
    subscribe: (channel, heard) =>
      openSubscriber(subscriberFor(duplicate(client), channel, heard), clock),
  };
}

/** A client as the given one, which connects when told to and hears its channels again by itself. */
function duplicate(client: IoRedisClient): IoRedisClient {
  const options = { lazyConnect: true, autoResubscribe: true };
  // A cluster takes other start nodes first.
  const overrides: unknown[] = client.isCluster ? [[], options] : [options];
  return client.duplicate(...(overrides as never[]));
}

function subscriberFor(
  subscriber: IoRedisClient,
  channel: string,
  heard: (text: unknown) => void,
): Subscriber {
  subscriber.on('message', (_, text) => {
    heard(text);
  });
  return {
    listen: async () => {
      await subscriber.connect();
      await subscriber.subscribe(channel);
    },
    onError: (failed) => subscriber.on('error', failed),
    end: () => {
      subscriber.disconnect();
    },
  };
}
