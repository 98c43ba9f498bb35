import type { Clock } from '@highway/resilience';
import { openSubscriber } from './connection.ts';
import type { RedisConnection, Subscriber } from './connection.ts';

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
    evalSha: (sha1, keys, args) => client.evalSha(sha1, scriptOptions(keys, args)),
    eval: (text, keys, args) => client.eval(text, scriptOptions(keys, args)),
    subscribe: (channel, heard) =>
      openSubscriber(subscriberFor(client.duplicate(), channel, heard), clock),
  };
}

function scriptOptions(keys: readonly string[], args: readonly string[]): ScriptOptions {
  return { keys: [...keys], arguments: [...args] };
}

function subscriberFor(
  subscriber: NodeRedisClient,
  channel: string,
  heard: (text: unknown) => void,
): Subscriber {
  return {
    listen: async () => {
      await subscriber.connect();
      await subscriber.subscribe(channel, heard);
    },
    onError: (failed) => subscriber.on('error', failed),
    end: () => {
      if (subscriber.isOpen) subscriber.destroy();
    },
  };
}
