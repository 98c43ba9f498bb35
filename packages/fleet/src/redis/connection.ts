import type { Clock } from '@highway/resilience';
import { TimeLimit } from '../time-limit.ts';

/** What the store needs of a server or cluster, whichever package the client is from. */
export interface RedisConnection {
  /** Whether there is a connection; commands wait for one where there is none. */
  readonly isReady: boolean;
  /** Runs a script by the SHA-1 of its text. */
  evalSha(sha1: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Runs a script. */
  eval(text: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Makes a connection of its own for a channel; it ends when what it gives is called. */
  subscribe(channel: string, heard: (text: unknown) => void): Promise<() => void>;
}

/** There is no connection to the server at the moment. */
export class NotConnectedError extends Error {
  override readonly name: string = 'NotConnectedError';
  readonly code: string = 'ERR_FLEET_NOT_CONNECTED';

  constructor() {
    super('The Redis client is not connected');
  }
}

/** How long it may take to hear a channel, in ms. A fleet tries again by itself. */
const subscribeTimeoutMs = 5000;

/** A connection of its own, in the making. */
export interface Subscriber {
  /** Resolves when it hears the channel. */
  listen(): Promise<unknown>;
  /** Calls back when it fails. It may try again by itself, for ever. */
  onError(failed: (error: unknown) => void): void;
  end(): void;
}

/**
 * Waits until a subscriber hears its channel. At the first failure it is ended: a client that goes
 * on trying would outlive whoever has given up waiting for it. Later it mends itself.
 */
export async function openSubscriber(subscriber: Subscriber, clock: Clock): Promise<() => void> {
  const listening = new Promise((resolve, reject) => {
    // It is heard for as long as the subscriber lives, since errors without a listener end a process.
    subscriber.onError(reject);
    subscriber.listen().then(resolve, reject);
  });
  try {
    await new TimeLimit(clock, subscribeTimeoutMs).wait(listening);
  } catch (error) {
    subscriber.end();
    throw error;
  }
  return () => {
    subscriber.end();
  };
}
