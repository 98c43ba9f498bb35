import { hasMethods } from '@highway/resilience/options';
import type { Clock } from '@highway/resilience';

import { NotConnectedError } from './connection.ts';
import type { RedisConnection, ScriptCall } from './connection.ts';
import { openSubscriber } from './subscriber.ts';
import type { Subscriber } from './subscriber.ts';

/** A client or cluster of the package `redis`, as far as the store needs it. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(text: string, options: ScriptOptions): Promise<unknown>;
  duplicate(): NodeRedisClient;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** What a script works with. */
export interface ScriptOptions {
  readonly keys: string[];
  readonly arguments: string[];
}

/** What some kinds of clients have besides. */
interface Extras {
  withAbortSignal?(signal: AbortSignal): NodeRedisClient;
  readonly options?: { readonly socket?: { readonly reconnectStrategy?: unknown } };
}

/** What a client to a single server has besides. */
interface SingleClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
  ping(): Promise<unknown>;
}

/** Clients that emit more than errors do so under these names. */
interface Emitter {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/** Whether a client is one of `redis`. */
export function isNodeRedis(client: object): client is NodeRedisClient {
  return typeof (client as Partial<NodeRedisClient>).evalSha === 'function';
}

/** Talks by a client of `redis`. */
export function connectNodeRedis(client: NodeRedisClient, clock: Clock): RedisConnection {
  return {
    get isReady() {
      return client.isReady;
    },
    firstReady: () => firstReady(client),
    evalSha: (sha1, call) => withdrawable(client, call).evalSha(sha1, scriptOptions(call)),
    eval: (text, call) => withdrawable(client, call).eval(text, scriptOptions(call)),
    reconnect: () => {
      reconnect(client);
    },
    subscribe: (channel, heard, watch) =>
      openSubscriber(subscriberFor(client.duplicate(), channel, heard), clock, watch),
  };
}

/** The client, taking back what it has not written yet when the signal is aborted. */
function withdrawable(client: NodeRedisClient, { signal }: ScriptCall): NodeRedisClient {
  return (signal && (client as Extras).withAbortSignal?.(signal)) ?? client;
}

function scriptOptions({ keys, args }: ScriptCall): ScriptOptions {
  return { keys: [...keys], arguments: [...args] };
}

function firstReady(client: NodeRedisClient): Promise<void> {
  const emitter = client as unknown as Emitter;
  return new Promise((resolve, reject) => {
    // A cluster is connected where a single client is ready.
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

/** Whether it is a client to one server, whose commands all take one connection. */
function isSingle(client: NodeRedisClient): client is NodeRedisClient & SingleClient {
  const others = ['nodeClient', 'getSentinelNode', 'execute'];
  const isOther = others.some((method) => hasMethods(client, [method]));
  return !isOther && hasMethods(client, ['sendCommand', 'ping']);
}

/**
 * The server answers what was asked before and ends the connection, and the client makes another.
 * Any user may say so, whatever its rights. One that would not connect again is left as it is.
 */
function reconnect(client: NodeRedisClient): void {
  const { options } = client as Extras;
  if (!isSingle(client) || options?.socket?.reconnectStrategy === false) return;
  client.sendCommand(['QUIT']).catch(() => undefined);
}

function subscriberFor(
  subscriber: NodeRedisClient,
  channel: string,
  heard: (text: unknown) => void,
): Subscriber {
  return {
    get isReady() {
      return subscriber.isReady;
    },
    listen: async () => {
      await subscriber.connect();
      await subscriber.subscribe(channel, heard);
    },
    ...(isSingle(subscriber) && { ping: () => subscriber.ping() }),
    onError: (failed) => subscriber.on('error', failed),
    onReady: (ready) => (subscriber as unknown as Emitter).on('ready', ready),
    end: () => {
      if (subscriber.isOpen) subscriber.destroy();
    },
  };
}
