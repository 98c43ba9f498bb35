import { FleetError } from '../errors.ts';
import type { FleetErrorOptions } from '../errors.ts';
import type { SubscriptionWatch } from '../store.ts';

/** What the store needs of a server or cluster, whichever package the client is from. */
export interface RedisConnection {
  /** Whether there is a connection; commands wait for one where there is none. */
  readonly isReady: boolean;
  /** Resolves when there is a connection for the first time; rejects where there won't be one. */
  firstReady(): Promise<void>;
  /** Runs a script by the SHA-1 of its text. */
  evalSha(sha1: string, call: ScriptCall): Promise<unknown>;
  /** Runs a script. */
  eval(text: string, call: ScriptCall): Promise<unknown>;
  /** Makes the connection anew, by the client's own means; nothing where it has none. */
  reconnect(): void;
  /** Makes a connection of its own for a channel; it ends when what it gives is called. */
  subscribe(
    channel: string,
    heard: (text: unknown) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => void>;
}

/** What a script works with. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** Takes the command back where the client has not written it yet and is able to. */
  readonly signal?: AbortSignal | undefined;
}

/** There is no connection to the server at the moment, or none that answers. */
export class NotConnectedError extends FleetError {
  static {
    this.prototype.name = 'NotConnectedError';
  }

  constructor(message = 'The Redis client is not connected', options?: FleetErrorOptions) {
    super('ERR_FLEET_NOT_CONNECTED', message, options);
  }
}
