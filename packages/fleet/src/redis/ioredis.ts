import type { Clock } from '@highway/resilience';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { openSubscriber } from './subscriber.ts';
import type { Subscriber } from './subscriber.ts';

/** A `Redis` or `Cluster` of the package `ioredis`, as far as the store uses it. */
export interface IoRedisClient {
  readonly status: string;
  readonly isCluster: boolean;
  evalsha(sha1: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(text: string, keys: number, ...keysAndArgs: string[]): Promise<unknown>;
  mget(...keys: string[]): Promise<unknown>;
  set(key: string, value: string, unit: 'PX', ms: number, answer: 'GET'): Promise<unknown>;
  del(...keys: string[]): Promise<unknown>;
  exists(...keys: string[]): Promise<unknown>;
  zscore(key: string, member: string): Promise<unknown>;
  duplicate(...overrides: never[]): IoRedisClient;
  connect(): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'message', listener: (channel: string, text: string) => void): unknown;
  on(event: 'ready' | 'end', listener: () => void): unknown;
  off(event: 'ready' | 'end', listener: () => void): unknown;
}

/** Whether a client comes from `ioredis`. */
export function isIoRedis(client: object): client is IoRedisClient {
  return typeof (client as Partial<IoRedisClient>).evalsha === 'function';
}

/** Adapts a client of `ioredis`. */
export function connectIoRedis(client: IoRedisClient, clock: Clock): RedisConnection {
  return {
    get isReady() {
      return client.status === 'ready';
    },
    firstReady: () => firstReady(client),
    evalSha: (sha1, { keys, args }) => client.evalsha(sha1, keys.length, ...keys, ...args),
    eval: (text, { keys, args }) => client.eval(text, keys.length, ...keys, ...args),
    isCluster: client.isCluster,
    mayAskReplicas: client.isCluster && readsFrom(client) !== 'master',
    getAll: (keys) => client.mget(...keys),
    put: ({ key, value, ttlMs }) => client.set(key, value, 'PX', Math.ceil(ttlMs), 'GET'),
    remove: (key) => client.del(key),
    exists: (keys) => client.exists(...keys),
    score: (key, member) => client.zscore(key, member),
    reconnect: () => {
      if (connectsAgain(client)) client.disconnect(true);
    },
    subscribe: (channel, onMessage, watch) =>
      openSubscriber(subscriberFor(duplicate(client), channel, onMessage), clock, watch),
  };
}

function firstReady(client: IoRedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      client.off('ready', ready);
      client.off('end', ended);
    };
    const ready = (): void => {
      settled();
      resolve();
    };
    const ended = (): void => {
      settled();
      reject(new NotConnectedError());
    };
    client.on('ready', ready);
    client.on('end', ended);
    if (client.status === 'end') ended();
    // A lazy client connects with its first command, but the gateway holds commands back. Its events
    // tell the result.
    else if (client.status === 'wait') client.connect().catch(() => undefined);
  });
}

/**
 * Whether the client would reconnect after `disconnect`; otherwise that would end it for good. A cluster
 * follows a failover by itself.
 */
function connectsAgain(client: IoRedisClient): boolean {
  const { options } = client as { readonly options?: { readonly retryStrategy?: unknown } };
  return !client.isCluster && typeof options?.retryStrategy === 'function';
}

/** From which servers of a cluster the client reads. */
function readsFrom(client: IoRedisClient): unknown {
  const { options } = client as { readonly options?: { readonly scaleReads?: unknown } };
  return options?.scaleReads;
}

/** A client like the given one that connects on demand and resubscribes by itself. */
function duplicate(client: IoRedisClient): IoRedisClient {
  const options = { lazyConnect: true, autoResubscribe: true };
  // For a cluster, the first argument replaces the start nodes.
  const overrides: unknown[] = client.isCluster ? [[], options] : [options];
  return client.duplicate(...(overrides as never[]));
}

function subscriberFor(
  subscriber: IoRedisClient,
  channel: string,
  onMessage: (text: unknown) => void,
): Subscriber {
  subscriber.on('message', (_, message) => {
    onMessage(message);
  });
  return {
    get isReady() {
      return subscriber.status === 'ready';
    },
    listen: async () => {
      await subscriber.connect();
      await subscriber.subscribe(channel);
    },
    // A cluster listens on another connection than its commands use.
    ...(!subscriber.isCluster && { ping: () => subscriber.ping() }),
    onError: (failed) => subscriber.on('error', failed),
    onReady: (ready) => subscriber.on('ready', ready),
    end: () => {
      subscriber.disconnect();
    },
  };
}
