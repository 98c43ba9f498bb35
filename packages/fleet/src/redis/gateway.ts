import type { Clock } from '@highway/resilience';
import { MalformedStateError } from '../errors.ts';
import { ReconnectBackoff } from '../support/reconnect-backoff.ts';
import { withoutSecrets } from '../support/safe-error.ts';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { keyCommands } from './key-commands.ts';
import type { KeyCommands } from './key-commands.ts';
import { runScript } from './script.ts';
import type { Script } from './script.ts';

/** Runs a script for a caller that waits for its answer. */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/**
 * Guards the user's client. A client queues what it cannot send, without a bound, and sends it when it is
 * out of date. So the gateway passes nothing on while there is no connection, and at most one request that
 * nobody waits for any more.
 */
export class Gateway {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #onReconnect: (error: unknown) => void;
  readonly #backoff = new ReconnectBackoff();
  /** Whether there was a connection. A client that never had one may be about to connect. */
  #wasReady: boolean;
  #firstReady: Promise<void> | undefined = undefined;
  /** Requests that nobody waits for any more, but that the client still holds. */
  #abandoned = 0;

  /** @param onReconnect is called with the reason when the client has to reconnect */
  constructor(connection: RedisConnection, clock: Clock, onReconnect: (error: unknown) => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#onReconnect = onReconnect;
    this.#wasReady = connection.isReady;
  }

  /**
   * Runs scripts and commands on the server. Waits for the first connection; rejects at once if a connection is lost
   * or does not answer. Sends nothing more once the signal aborts.
   */
  async use<T>(
    signal: AbortSignal | undefined,
    work: (run: RunScript, commands: KeyCommands) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#abandoned > 0) {
      throw new NotConnectedError('An earlier exchange through the Redis client has no answer yet');
    }
    if (!this.#wasReady && !this.#connection.isReady) await this.#firstConnection(signal);
    const checkSend = (): void => {
      signal?.throwIfAborted();
      if (!this.#connection.isReady) throw new NotConnectedError();
      this.#wasReady = true;
    };
    const run: RunScript = (script, keys, args) =>
      this.#guard(() => runScript(this.#connection, script, { keys, args, signal }, checkSend));
    const commands = keyCommands(this.#connection, signal, (send) =>
      this.#guard(async () => {
        checkSend();
        return send();
      }),
    );
    const result = work(run, commands);
    if (signal !== undefined) this.#watch(result, signal);
    return result;
  }

  async #firstConnection(signal: AbortSignal | undefined): Promise<void> {
    this.#firstReady ??= this.#connection.firstReady().finally(() => {
      this.#firstReady = undefined;
    });
    try {
      await unlessAborted(this.#firstReady, signal);
    } catch (error) {
      throw withoutSecrets(error) as Error;
    }
  }

  /** Counts a request that nobody waits for any more, until the client lets go of it. */
  #watch(result: Promise<unknown>, signal: AbortSignal): void {
    let abandoned = false;
    const abandon = (): void => {
      abandoned = true;
      this.#abandoned++;
    };
    const settled = (): void => {
      signal.removeEventListener('abort', abandon);
      if (abandoned) this.#abandoned--;
    };
    signal.addEventListener('abort', abandon, { once: true });
    result.then(settled, settled);
  }

  /** Sends something, and draws the conclusions from its error. */
  async #guard(send: () => Promise<unknown>): Promise<unknown> {
    try {
      const answer = await send();
      this.#backoff.succeeded();
      return answer;
    } catch (error) {
      const cause = withoutSecrets(error);
      const message = cause instanceof Error ? cause.message : '';
      if (needsNewConnection(message) && this.#backoff.isDue(this.#clock.now())) {
        this.#connection.reconnect();
        this.#onReconnect(cause);
      }
      if (!/HIGHWAY_MALFORMED|WRONGTYPE/.test(message)) throw cause as Error;
      throw new MalformedStateError(`The store's state is damaged: ${message}`, { cause });
    }
  }
}

/**
 * Whether an error means that only a new connection can help: the server has become a replica, or no
 * longer knows the user. Conditions that pass by themselves (`LOADING`, `BUSY`, `OOM`, `MISCONF`,
 * `CLUSTERDOWN`) would pass no sooner on another connection.
 */
function needsNewConnection(message: string): boolean {
  // Redis 6 puts the code after the line of the script.
  return /(?:^|: -)(?:READONLY|MASTERDOWN|UNBLOCKED|NOAUTH)\b/.test(message);
}

function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    asked
      .finally(() => {
        signal.removeEventListener('abort', aborted);
      })
      .then(resolve, reject);
  });
}
