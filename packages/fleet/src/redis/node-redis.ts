import { hasMethods } from '@highway/resilience/options';
import type { Clock } from '@highway/resilience';

import { NotConnectedError } from './connection.ts';
import type { RedisConnection, ScriptCall } from './connection.ts';
import { openSubscriber } from './subscriber.ts';
import type { Subscriber } from './subscriber.ts';

/** A client or cluster of the package `redis`, as far as the store uses it. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(text: string, options: ScriptOptions): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  set(key: string, value: string, options: { PX: number; GET: true }): Promise<unknown>;
  del(key: string): Promise<unknown>;
  exists(keys: string[]): Promise<unknown>;
  zScore(key: string, member: string): Promise<unknown>;
  duplicate(): NodeRedisClient;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** The keys and arguments of a script. */
export interface ScriptOptions {
  readonly keys: string[];
  readonly arguments: string[];
}

/** What only some kinds of clients have. */
interface Extras {
  withAbortSignal?(signal: AbortSignal): NodeRedisClient;
  readonly options?: { readonly socket?: { readonly reconnectStrategy?: unknown } };
}

/** What only a client for a single server has. */
interface SingleClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
  ping(): Promise<unknown>;
}

/** The emitter of a client, for events other than errors. */
interface Emitter {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/** Whether a client comes from `redis`. */
export function isNodeRedis(client: object): client is NodeRedisClient {
  return typeof (client as Partial<NodeRedisClient>).evalSha === 'function';
}

/** Adapts a client of `redis`. */
export function connectNodeRedis(client: NodeRedisClient, clock: Clock): RedisConnection {
  return {
    get isReady() {
      return client.isReady;
    },
    firstReady: () => firstReady(client),
    evalSha: (sha1, call) => withdrawable(client, call.signal).evalSha(sha1, scriptOptions(call)),
    eval: (text, call) => withdrawable(client, call.signal).eval(text, scriptOptions(call)),
    isCluster: hasMethods(client, ['nodeClient']),
    // Clusters and sentinels do not reveal whether they do.
    mayAskReplicas: !isSingle(client),
    getAll: (keys, signal) => withdrawable(client, signal).mGet([...keys]),
    put: ({ key, value, ttlMs }, signal) =>
      withdrawable(client, signal).set(key, value, { PX: Math.ceil(ttlMs), GET: true }),
    remove: (key, signal) => withdrawable(client, signal).del(key),
    exists: (keys, signal) => withdrawable(client, signal).exists([...keys]),
    score: (key, member, signal) => withdrawable(client, signal).zScore(key, member),
    reconnect: () => {
      reconnect(client);
    },
    subscribe: (channel, onMessage, watch) =>
      openSubscriber(subscriberFor(client.duplicate(), channel, onMessage), clock, watch),
  };
}

/** The client; when the signal aborts, it withdraws commands that it has not sent yet. */
function withdrawable(client: NodeRedisClient, signal: AbortSignal | undefined): NodeRedisClient {
  return (signal && (client as Extras).withAbortSignal?.(signal)) ?? client;
}

function scriptOptions({ keys, args }: ScriptCall): ScriptOptions {
  return { keys: [...keys], arguments: [...args] };
}

function firstReady(client: NodeRedisClient): Promise<void> {
  const emitter = client as unknown as Emitter;
  return new Promise((resolve, reject) => {
    // A cluster emits `connect` when a single client emits `ready`.
    const events = ['ready', 'connect', 'end', 'disconnect', 'error'];
    const look = (): void => {
      if (!client.isReady && client.isOpen) return;
      for (const event of events) emitter.off(event, look);
      if (client.isReady) resolve();
      else reject(new NotConnectedError());
    };
    for (const event of events) emitter.on(event, look);
    look();
  });
}

/** Whether it is a client for a single server, with one connection for all commands. */
function isSingle(client: NodeRedisClient): client is NodeRedisClient & SingleClient {
  const others = ['nodeClient', 'getSentinelNode', 'execute'];
  const isOther = others.some((method) => hasMethods(client, [method]));
  return !isOther && hasMethods(client, ['sendCommand', 'ping']);
}

/**
 * Sends `QUIT`: the server answers earlier commands and closes the connection, and the client reconnects.
 * Every user may send it. Does nothing for a client that would not reconnect.
 */
function reconnect(client: NodeRedisClient): void {
  const { options } = client as Extras;
  if (!isSingle(client) || options?.socket?.reconnectStrategy === false) return;
  client.sendCommand(['QUIT']).catch(() => undefined);
}

function subscriberFor(
  subscriber: NodeRedisClient,
  channel: string,
  onMessage: (text: unknown) => void,
): Subscriber {
  return {
    get isReady() {
      return subscriber.isReady;
    },
    listen: async () => {
      await subscriber.connect();
      await subscriber.subscribe(channel, onMessage);
    },
    ...(isSingle(subscriber) && { ping: () => subscriber.ping() }),
    onError: (failed) => subscriber.on('error', failed),
    onReady: (ready) => (subscriber as unknown as Emitter).on('ready', ready),
    end: () => {
      if (subscriber.isOpen) subscriber.destroy();
    },
  };
}
