import { FleetError } from '../errors.ts';
import type { FleetErrorOptions } from '../errors.ts';
import type { SubscriptionWatch } from '../store.ts';

/** What the store needs from a server or cluster, whatever the package of the client. */
export interface RedisConnection {
  /** Whether there is a connection. Without one, the client queues commands. */
  readonly isReady: boolean;
  /** Resolves when the client connects for the first time; rejects if it never will. */
  firstReady(): Promise<void>;
  /** Runs a script by the SHA-1 of its source. */
  evalSha(sha1: string, call: ScriptCall): Promise<unknown>;
  /** Runs a script. */
  eval(text: string, call: ScriptCall): Promise<unknown>;
  /** Whether keys may be in different slots, and a command must name those of one. */
  readonly isCluster: boolean;
  /** Whether the client may send plain commands that read to a replica. It sends scripts to the master. */
  readonly mayAskReplicas: boolean;
  /** Reads keys with strings: `null` for those that there are not. */
  getAll(keys: readonly string[], signal?: AbortSignal): Promise<unknown>;
  /** Sets a key that expires. Returns its value before: `null` if there was none. */
  put(entry: KeyValue, signal?: AbortSignal): Promise<unknown>;
  /** Deletes a key. */
  remove(key: string, signal?: AbortSignal): Promise<unknown>;
  /** Counts those of the keys that there are. */
  exists(keys: readonly string[], signal?: AbortSignal): Promise<unknown>;
  /** Reads the score of a member of a sorted set: `null` if it is not there. */
  score(key: string, member: string, signal?: AbortSignal): Promise<unknown>;
  /** Reconnects by the client's own means; does nothing if it has none. */
  reconnect(): void;
  /** Opens a separate connection that listens on a channel. Resolves with a function that ends it. */
  subscribe(
    channel: string,
    onMessage: (message: unknown) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => void>;
}

/** A key that expires after so many ms. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}

/** The keys and arguments of a script. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** When it aborts, the client withdraws a command that it has not sent yet, if it can. */
  readonly signal?: AbortSignal | undefined;
}

/** The client has no connection to the server, or one that does not answer. */
export class NotConnectedError extends FleetError {
  static {
    this.prototype.name = 'NotConnectedError';
  }

  constructor(message = 'The Redis client is not connected', options?: FleetErrorOptions) {
    super('ERR_FLEET_NOT_CONNECTED', message, options);
  }
}
