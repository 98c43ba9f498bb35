import type { Clock } from '@highway/resilience';
import { MalformedStateError } from '../errors.ts';
import { Renewal } from '../renewal.ts';
import { withoutSecrets } from '../safe-error.ts';
import { NotConnectedError } from './connection.ts';
import type { RedisConnection } from './connection.ts';
import { runScript } from './script.ts';
import type { Script } from './script.ts';

/** Runs a script for somebody who waits for its answer. */
export type Run = (
  script: Script,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

/**
 * What stands between the store and the user's client. A client keeps what it can't send, for as long
 * as it takes and without a bound, and sends it when it means nothing any more. So nothing is given
 * to it while it has no connection, and no more than one question that nobody waits for any more.
 */
export class Gateway {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #renewed: (error: unknown) => void;
  readonly #renewal = new Renewal();
  /** Whether there was a connection: a client that never had one may be about to connect. */
  #wasReady: boolean;
  #firstReady: Promise<void> | undefined = undefined;
  /** Questions that nobody waits for any more, and that the client still holds. */
  #abandoned = 0;

  /** @param renewed is told when a connection is made anew, and why */
  constructor(connection: RedisConnection, clock: Clock, renewed: (error: unknown) => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#renewed = renewed;
    this.#wasReady = connection.isReady;
  }

  /**
   * Lets somebody talk to the server. It rejects at once while a connection that was there is lost,
   * or doesn't answer; for the first one it waits. When the signal is aborted, nothing more is sent.
   */
  async talk<T>(signal: AbortSignal | undefined, talk: (run: Run) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    if (this.#abandoned > 0) {
      throw new NotConnectedError('The Redis client holds an earlier exchange without an answer');
    }
    if (!this.#wasReady && !this.#connection.isReady) await this.#firstConnection(signal);
    const said = talk((script, keys, args) => this.#run(script, { keys, args, signal }));
    if (signal !== undefined) this.#watch(said, signal);
    return said;
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

  /** Counts a question that nobody waits for any more until the client lets go of it. */
  #watch(said: Promise<unknown>, signal: AbortSignal): void {
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
    said.then(settled, settled);
  }

  async #run(script: Script, call: Parameters<typeof runScript>[2]): Promise<unknown> {
    try {
      const answer = await runScript(this.#connection, script, call, () => {
        call.signal?.throwIfAborted();
        if (!this.#connection.isReady) throw new NotConnectedError();
        this.#wasReady = true;
      });
      this.#renewal.succeeded();
      return answer;
    } catch (error) {
      const cause = withoutSecrets(error);
      const message = cause instanceof Error ? cause.message : '';
      if (meansAnotherServer(message) && this.#renewal.isDue(this.#clock.now())) {
        this.#connection.reconnect();
        this.#renewed(cause);
      }
      if (!/HIGHWAY_MALFORMED|WRONGTYPE/.test(message)) throw cause as Error;
      throw new MalformedStateError(`The store's state is damaged: ${message}`, { cause });
    }
  }
}

/**
 * Whether a server says by an error that this connection is no good any more, and another one might
 * be: it has become a replica, or has forgotten who this is. What passes by itself (`LOADING`,
 * `BUSY`, `OOM`, `MISCONF`, `CLUSTERDOWN`) would pass no sooner over another connection.
 */
function meansAnotherServer(message: string): boolean {
  // Redis 6 puts it behind the line of the script.
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
